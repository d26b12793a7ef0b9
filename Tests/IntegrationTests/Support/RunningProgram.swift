import Foundation
import Testing

/// A child process with its output, which can be awaited.
final class RunningProgram: Sendable {
    /// The name in messages.
    let name: String
    /// Its process id.
    let id: pid_t
    private let life = Watched(Life())

    private struct Life {
        var output = Data()
        var outputIsComplete = false
        var exitCode: Int32?
    }

    /// Starts a program in a directory, without the settings of this account.
    ///
    /// It gets each of `descriptors` under the number of its key, or is started in a terminal.
    init(
        _ name: String,
        _ executable: String,
        _ arguments: [String],
        in directory: String,
        environment: [String: String] = [:],
        descriptors: [Int32: Int32] = [:],
        terminal: PseudoTerminal? = nil
    ) throws {
        self.name = name
        let environment = Self.environment(home: directory).merging(environment) { $1 }
        let child =
            try terminal.map {
                try ChildProcess(executable, arguments, in: directory, environment: environment, terminal: $0)
            }
            ?? ChildProcess(
                executable,
                arguments,
                in: directory,
                environment: environment,
                descriptors: descriptors
            )
        id = child.id
        let life = self.life
        child.observe { piece in
            life.update { life in
                guard let piece else { return life.outputIsComplete = true }
                life.output.append(piece)
            }
        } onExit: { code in
            life.update { $0.exitCode = code }
        }
    }

    private static func environment(home: String) -> [String: String] {
        let own = ProcessInfo.processInfo.environment
        let kept = own.filter { ["PATH", "LD_LIBRARY_PATH", "TMPDIR", "TSAN_OPTIONS"].contains($0.key) }
        let git = [
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org",
            "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org",
        ]
        return kept.merging(git) { $1 }.merging(["HOME": home, "LC_ALL": "C.UTF-8"]) { $1 }
    }

    /// The output so far, standard output and standard error together.
    var output: String { String(decoding: life.value.output, as: UTF8.self) }

    /// Whether it has ended.
    var hasEnded: Bool { life.value.exitCode != nil }

    /// Waits for a text in its output and returns the rest of that line.
    ///
    /// - Throws: `ProgramFailure` with the whole output when the program ends before.
    func line(after text: String) async throws -> String {
        let found: String?? = try await life.first { life in
            let output = String(decoding: life.output, as: UTF8.self)
            if let range = output.range(of: text), let end = output[range.upperBound...].firstIndex(of: "\n") {
                return .some(String(output[range.upperBound..<end]))
            }
            return life.outputIsComplete || life.exitCode != nil ? .some(nil) : nil
        }
        if let line = found ?? nil { return line }
        throw ProgramFailure("\(name) ended without printing \"\(text)\":\n\(output)")
    }

    /// The number of bytes printed so far.
    var outputCount: Int { life.value.output.count }

    /// Waits for texts in the output after a number of bytes.
    ///
    /// - Throws: `ProgramFailure` with the whole output when the program ends before.
    func prints(_ texts: String..., after start: Int) async throws {
        let hasPrinted: Bool = try await life.first { life in
            let printed = life.output.dropFirst(start)
            if texts.contains(where: { printed.range(of: Data($0.utf8)) != nil }) { return true }
            return life.outputIsComplete ? false : nil
        }
        if !hasPrinted { throw ProgramFailure("\(name) ended without printing one of \(texts) again:\n\(output)") }
    }

    /// Waits for its end, and for the last of its output; 128 and more is a signal's number.
    @discardableResult
    func exitCode() async throws -> Int32 {
        try await life.first { $0.outputIsComplete ? $0.exitCode : nil }
    }

    /// Sends a signal, unless the program has ended.
    func send(_ signal: Int32) {
        if !hasEnded { kill(id, signal) }
    }

    /// Ends the program if it still runs: TERM, and KILL after a minute, which is recorded as an issue.
    func end() async {
        guard !hasEnded else { return }
        // Tasks of their own: the end must be awaited even if the test was canceled.
        let watchdog = Task {
            try await Task.sleep(for: .seconds(60))
            Issue.record("\(name) did not end within a minute of TERM:\n\(output)")
            send(SIGKILL)
        }
        send(SIGTERM)
        _ = await Task { try await life.first { $0.exitCode } }.result
        watchdog.cancel()
    }
}

/// The fault of a program, in words.
struct ProgramFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
