import ClusterRunnerPlugin
import Foundation
import Subprocess
import SystemPackage

/// The program `hg`, which never asks a question and ends in time.
struct Hg: Sendable {
    let surroundings: Surroundings
    /// The path of the configuration to use instead of the account's.
    var settings: String?

    /// Maximum size of an answer: the lists of branches and tags of the largest repositories have a few megabytes.
    private static let outputLimit = 64 << 20
    private static let errorLimit = 1 << 20

    /// Runs `hg` in a directory and returns its output.
    ///
    /// It gets a session of its own without a terminal, so that neither it nor ssh can prompt on ours. When the
    /// surrounding task is canceled, it is ended with all processes that it started.
    ///
    /// - Throws: ``HgFailure`` when it ends with another exit code than 0.
    @discardableResult
    func callAsFunction(_ arguments: [String], in directory: String) async throws -> [UInt8] {
        let end = try await end(of: arguments, in: directory)
        guard end.isSuccess else { throw HgFailure(command: arguments.first ?? "", errors: end.errors) }
        return end.output
    }

    /// The end of a run.
    struct End: Sendable {
        let isSuccess: Bool
        let output: [UInt8]
        let errors: [UInt8]
    }

    /// Runs `hg` with any result.
    func end(of arguments: [String], in directory: String) async throws -> End {
        do {
            return try await within(surroundings.timeLimit) { try await run(arguments, in: directory) }
        } catch {
            // However a canceled run ended.
            try Task.checkCancellation()
            throw Self.explained(error, in: directory)
        }
    }

    private func run(_ arguments: [String], in directory: String) async throws -> End {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = Self.teardown
        let result = try await Subprocess.run(
            .name("hg"),
            arguments: Arguments(["--noninteractive"] + arguments),
            environment: .custom(environment),
            workingDirectory: FilePath(directory),
            platformOptions: options,
            input: .none,
            output: .sequence,
            error: .sequence
        ) { execution in
            do {
                // Both at once: a pipe that nobody reads fills up and stops the program.
                async let errors = Self.bytes(of: execution.standardError, limit: Self.errorLimit)
                let output = try await Self.bytes(of: execution.standardOutput, limit: Self.outputLimit)
                let all = try await (output, errors)
                try Task.checkCancellation()
                return all
            } catch {
                await execution.teardown(using: Self.teardown)
                // The group still has this number, since `hg` is not reaped before the closure returns.
                try? execution.send(signal: .kill, toProcessGroup: true)
                throw error
            }
        }
        let (output, errors) = result.closureResult
        guard output.count < Self.outputLimit else {
            let limit = Self.outputLimit >> 20
            throw ClusterRunnerError(.failed, "hg \(arguments[0]) wrote more than \(limit) MiB: the list is too long.")
        }
        return End(isSuccess: result.terminationStatus.isSuccess, output: output, errors: errors)
    }

    // Time for hg to roll back its transaction and remove its locks.
    private static let teardown: [TeardownStep] = [
        .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(3))
    ]

    private var environment: [Environment.Key: String] {
        var variables = surroundings.forProgram
        if let settings { variables["HGRCPATH"] = settings }
        return variables.reduce(into: [:]) { $0[Environment.Key(stringLiteral: $1.key)] = $1.value }
    }

    /// Reads a stream to its end and keeps the first bytes.
    private static func bytes(of stream: SubprocessOutputSequence, limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in stream {
            piece.withUnsafeBytes { bytes += $0.prefix(limit - bytes.count) }
        }
        return bytes
    }

    private static func explained(_ error: any Error, in directory: String) -> any Error {
        guard let error = error as? SubprocessError else { return error }
        switch error.code {
        case .executableNotFound:
            return ClusterRunnerError(
                .failed,
                "Mercurial is not installed on this machine: the PATH of the service has no program \"hg\". Install it, "
                    + "as by \"apt-get install mercurial\"."
            )
        case .failedToChangeWorkingDirectory:
            return HgFailure(command: "", errors: Array("abort: there is no directory \(directory)".utf8))
        default:
            return ClusterRunnerError(.failed, "hg could not be run on this machine.", cause: error)
        }
    }
}

/// Runs `body`, and cancels it at the end of its time.
private func within<Result: Sendable>(
    _ limit: Duration,
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw TimeLimitReached(limit: limit)
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}

/// The error of a run that took too long.
struct TimeLimitReached: Error {
    let limit: Duration
}
