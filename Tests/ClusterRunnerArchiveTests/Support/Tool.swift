import ClusterRunnerTesting
import Foundation
import Testing

/// A program of the system that tests compare with.
struct Tool {
    let path: String

    /// Finds the program; nil when it is not installed.
    init?(_ name: String) {
        let found = ["/usr/bin", "/bin", "/usr/local/bin"].map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let found else { return nil }
        path = found
    }

    static let tar = Tool("tar")
    static let python = Tool("python3")

    /// Runs the program and returns its output; any failure fails the test.
    func run(_ arguments: String...) throws -> String {
        try run(arguments)
    }

    func run(_ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = output
        try process.start()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(path) \(arguments) says: \(text)")
        return text
    }
}
