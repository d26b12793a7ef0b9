import ClusterRunnerConcurrency
package import ClusterRunnerJobFile
package import ClusterRunnerPlugin
import Foundation

/// Has the shell read each command of a job by itself, before anything runs.
///
/// An entry that leaves a quote, a brace or a here-document open would take the next ones for its own text.
package struct SyntaxCheck: Sendable {
    private let runner: any CommandRunner
    private let known: ReadableTexts

    /// How long a shell may read one command.
    private static let timeout = Duration.seconds(60)

    /// Prepares checks that share what they have found readable.
    package init(runner: any CommandRunner) {
        self.runner = runner
        known = ReadableTexts()
    }

    /// Reads entries; `output` is a path for what the shell says, where nothing is left.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that names every entry that is
    ///   not complete by itself.
    package func check(_ entries: [CommandEntry], file: String, output: String) async throws {
        // A shell reads extended patterns only where they are switched on, and does not switch them on while it reads.
        let usesPatterns = entries.contains { $0.text.contains("extglob") }
        let options: ShellOptions = usesPatterns ? [.noexec, .extglob] : .noexec
        var faults: [JobFileFault] = []
        for entry in entries where !known.contains(entry.text, options) {
            let reading = Reading(text: entry.text, options: options, runner: runner, output: output)
            if let problem = try await reading.problem(within: Self.timeout) {
                faults.append(entry.fault(problem.words, line: problem.line, token: problem.token))
            } else {
                known.insert(entry.text, options)
            }
        }
        guard faults.isEmpty else { throw ClusterRunnerError.invalidJobFile(file, faults) }
    }
}

/// Reads one text with a shell that runs nothing.
private struct Reading {
    let text: String
    let options: ShellOptions
    let runner: any CommandRunner
    let output: String

    /// The first thing that the shell cannot read.
    func problem(within timeout: Duration) async throws -> ShellProblem? {
        let (isReadable, words) = try await read(text, timeout)
        guard isReadable else { return ShellProblem(words) }
        // An open here-document is no error to a shell. It is one that takes a closing parenthesis for its text.
        guard text.contains("<<"), try await read("\(text)\n)", timeout).isReadable else { return nil }
        let problem = ShellProblem(words)
        return problem.words.contains("here-document")
            ? problem : ShellProblem(words: "a here-document is not closed", line: 1, token: "<<")
    }

    private func read(_ text: String, _ timeout: Duration) async throws -> (isReadable: Bool, words: String) {
        let command = ShellCommand(
            script: text,
            directory: "/",
            environment: ["LC_ALL": "C"],
            output: .combined(path: output),
            timeout: timeout,
            options: options
        )
        defer { unlink(output) }
        let outcome = try await runner.run(command)
        try Task.checkCancellation()
        let words = FileManager.default.contents(atPath: output) ?? Data()
        return (outcome.isSuccess, String(decoding: words.prefix(4096), as: UTF8.self))
    }
}

/// The texts that shells have read, so that the next build of a job starts no shell for them.
private final class ReadableTexts: Sendable {
    private struct Key: Hashable {
        let text: String
        let options: UInt8
    }

    private let keys = Lock<Set<Key>>([])
    private static let most = 1000
    private static let longestText = 4096

    func contains(_ text: String, _ options: ShellOptions) -> Bool {
        keys.withLock { $0.contains(Key(text: text, options: options.rawValue)) }
    }

    func insert(_ text: String, _ options: ShellOptions) {
        guard text.utf8.count <= Self.longestText else { return }
        keys.withLock { keys in
            if keys.count >= Self.most { keys.removeAll() }
            keys.insert(Key(text: text, options: options.rawValue))
        }
    }
}
