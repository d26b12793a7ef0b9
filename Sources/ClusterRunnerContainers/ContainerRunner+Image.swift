import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The image of a build on one machine.
extension ContainerRunner {
    /// The command that fetches the image, for people.
    package var pullDescription: String { "\(engine.kind.rawValue) pull \(image)" }

    /// Fetches the image if the machine does not have it, and runs a container of it once.
    ///
    /// So what is wrong with image, options or mounts is found before the first command of the job.
    ///
    /// - Parameters:
    ///   - output: the path of a file for the output of the fetch.
    ///   - timeout: the time limit of each step.
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` and the last words of the engine.
    package func prepareImage(output: String, timeout: Duration) async throws {
        if try await !hasImage(timeout) {
            let pull = own(engine.pull(image), output: output, timeout: timeout)
            try check(try await runner.run(pull), of: pull, pullDescription)
        }
        let words = path(of: "trial")
        defer { unlink(words) }
        var trial = own(":", output: words, timeout: timeout)
        trial.directory = command.mounts.first?.path ?? "/"
        try check(try await run(trial), of: trial, "a first container of it")
    }

    /// Whether the machine has the image.
    private func hasImage(_ timeout: Duration) async throws -> Bool {
        let output = path(of: "image")
        defer { unlink(output) }
        var look = own(engine.existence(of: image), output: output, timeout: timeout)
        // The first podman of a user leaves a process for all later ones, which must not end with this command.
        look.environment["CLUSTERRUNNER_COOKIE"] = "container-engine"
        let outcome = try await runner.run(look)
        guard outcome.end != .timedOut else { throw fault(of: look, "the search for it", outcome) }
        try Task.checkCancellation()
        return outcome.isSuccess
    }

    private func check(_ outcome: CommandOutcome, of step: ShellCommand, _ name: String) throws {
        try Task.checkCancellation()
        guard outcome.isSuccess else { throw fault(of: step, name, outcome) }
    }

    private func fault(of step: ShellCommand, _ name: String, _ outcome: CommandOutcome) -> ClusterRunnerError {
        let limit = step.timeout.map { "\($0.components.seconds) s" } ?? "its time"
        let end = outcome.end == .timedOut ? "did not end within \(limit)" : "ended with exit code \(outcome.exitCode)"
        return ClusterRunnerError(
            .failed,
            "The image \"\(image)\" of the job's \"container\" cannot be used on this machine: \(name) \(end). "
                + Self.end(of: step.output)
        )
    }
}
