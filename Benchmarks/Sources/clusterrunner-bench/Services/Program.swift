import Foundation

/// A program that runs beside the benchmark.
final class Program {
    private let process = Process()
    private let output = Pipe()
    private let name: String

    /// Starts a program in a directory, with only `PATH` of this environment.
    init(_ path: String, _ arguments: [String], in directory: String) throws {
        name = ([path] + arguments).joined(separator: " ")
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = Self.environment(home: directory)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    /// Returns the environment of every program here, references and services alike, because its size is part of the
    /// cost of a command.
    private static func environment(home: String) -> [String: String] {
        ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": home, "LC_ALL": "C.UTF-8"]
    }

    /// Its process id.
    var id: pid_t { process.processIdentifier }

    /// Waits until it has printed a text, and returns the rest of that line; later output is dropped.
    func line(after text: String) throws -> String {
        var printed = ""
        while true {
            let piece = output.fileHandleForReading.availableData
            printed += String(decoding: piece, as: UTF8.self)
            if let range = printed.range(of: text), let end = printed[range.upperBound...].firstIndex(of: "\n") {
                // A full pipe without a reader would block it.
                output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
                return String(printed[range.upperBound..<end])
            }
            guard !piece.isEmpty else { throw BenchFailure("\(name) ended without printing \"\(text)\":\n\(printed)") }
        }
    }

    /// Waits for its end, and returns its output.
    func finish(expecting codes: ClosedRange<Int32> = 0...0) throws -> String {
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: printed, as: UTF8.self)
        guard process.terminationReason == .exit, codes.contains(process.terminationStatus) else {
            throw BenchFailure("\(name) ended with \(process.terminationStatus):\n\(text)")
        }
        return text
    }

    /// Waits for its end after ``line(after:)``; it must succeed.
    func wait() throws {
        process.waitUntilExit()
        output.fileHandleForReading.readabilityHandler = nil
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw BenchFailure("\(name) ended with \(process.terminationStatus).")
        }
    }

    /// Ends it with TERM, and waits.
    func end() { end(by: SIGTERM) }

    /// Ends it with KILL, and waits: a program that inherits the blocked signals of the threads here, as most do, would
    /// not receive TERM.
    func kill() { end(by: SIGKILL) }

    private func end(by signal: Int32) {
        if process.isRunning { Foundation.kill(id, signal) }
        process.waitUntilExit()
        output.fileHandleForReading.readabilityHandler = nil
    }
}

/// The reason why a measurement could not be made.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
