import Foundation
import Testing

/// The built product, beside the bundle of running tests.
enum Product {
    #if THREAD_SANITIZER
        /// Whether it is several times as large and slow as for users, so that its figures are meaningless.
        static let isForThreadSanitizer = true
    #else
        /// Whether it is several times as large and slow as for users, so that its figures are meaningless.
        static let isForThreadSanitizer = false
    #endif

    static func path() throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(filePath: tests).deletingLastPathComponent().appending(path: "clusterrunner").path
        try #require(FileManager.default.isExecutableFile(atPath: path), "\(path) is not there: swift build makes it.")
        return path
    }
}

/// Runs a script with the machine's tools to its end, and returns its output.
@discardableResult
func shell(_ script: String, in directory: String, environment: [String: String] = [:]) async throws -> String {
    let arguments = ["-euo", "pipefail", "-c", script]
    let bash = try RunningProgram("bash", "/bin/bash", arguments, in: directory, environment: environment)
    let code: Int32
    do {
        code = try await bash.exitCode()
    } catch {
        await bash.end()
        throw error
    }
    guard code == 0 else { throw ProgramFailure("Exit code \(code) of: \(script)\n\(bash.output)") }
    return bash.output.trimmingCharacters(in: .newlines)
}

/// The kernel's facts about processes.
enum Processes {
    /// Whether a process runs; a zombie does not.
    static func isRunning(_ id: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            let state = status.split(separator: ")").last?.split(separator: " ").first
        else { return false }
        return state != "Z" && state != "X"
    }

    /// Returns the maximum memory of a process so far, in bytes.
    static func peakMemory(of id: pid_t) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(separator: " ").compactMap { Int($0) }.first) * 1024
    }

    /// Lists the processes that have a text in their command line or their environment.
    static func mentioning(_ text: String) -> [pid_t] {
        let ids = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
        return ids.filter { id in
            id != getpid() && isRunning(id)
                && ["cmdline", "environ"].contains { file in
                    let data = FileManager.default.contents(atPath: "/proc/\(id)/\(file)") ?? Data()
                    return data.range(of: Data(text.utf8)) != nil
                }
        }
    }
}

/// A named pipe that synchronises the commands of a job with a test.
struct NamedPipe {
    let path: String

    /// Creates the pipe.
    init(_ path: String) throws {
        self.path = path
        try #require(mkfifo(path, 0o600) == 0, "\(path): \(String(cString: strerror(errno)))")
    }

    /// Waits until a writer has written and closed it, and returns the text.
    func read() async throws -> String {
        try await shell("exec cat \"$0\"".replacing("$0", with: path), in: "/")
    }

    /// Waits for a reader, and writes a line.
    func write(_ line: String) async throws { try await Self.writeLine(line, to: path) }

    /// Waits for a reader of the pipe at a path, and writes a line.
    static func writeLine(_ line: String, to path: String) async throws {
        try await shell("printf '%s\\n' \"$LINE\" > \"$PIPE\"", in: "/", environment: ["LINE": line, "PIPE": path])
    }
}
