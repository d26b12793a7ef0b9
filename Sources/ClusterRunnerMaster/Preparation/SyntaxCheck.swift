import ClusterRunnerConcurrency
package import ClusterRunnerJobFile
package import ClusterRunnerPlugin
import Foundation

/// Checks the syntax of each command of a job with the shell, before anything runs.
///
/// An entry that leaves a quote, brace or here-document open would swallow the entries after it.
package struct SyntaxCheck: Sendable {
    private let runner: any CommandRunner
    private let known: ReadableTexts

    /// The time limit for one command.
    private static let timeout = Duration.seconds(60)

    /// Creates a check with a cache of the texts found readable.
    package init(runner: any CommandRunner) {
        self.runner = runner
        known = ReadableTexts()
    }

    /// Checks entries; `output` is a path for the shell's messages, which is empty afterwards.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that names every entry that is
    ///   not complete by itself.
    package func check(_ entries: [CommandEntry], file: String, output: String) async throws {
        // A shell reads extended patterns only if they are enabled, and it does not enable them while it only reads.
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

/// One text, read by a shell that runs nothing.
private struct Reading {
    let text: String
    let options: ShellOptions
    let runner: any CommandRunner
    let output: String

    /// Returns the first syntax problem.
    func problem(within timeout: Duration) async throws -> ShellProblem? {
        let (isReadable, words) = try await read(text, timeout)
        guard isReadable else { return ShellProblem(words) }
        // An open here-document is no error to a shell. It is open if it swallows a closing parenthesis.
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
