import ClusterRunnerClient
import ClusterRunnerCore
import Foundation
import UnixSignals

/// One build as `clusterrunner build` performs it: request, watch, report, results.
struct BuildRun: Sendable {
    let client: MasterClient
    let request: BuildRequestArguments
    let archiver: any Archiver
    let currentDirectory: String
    let isQuiet: Bool

    /// Performs the build; an interrupt cancels it.
    ///
    /// - Returns: How the process must end; nil is success.
    func perform() async throws -> CommandExit? {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let build = try await client.createBuild(request.fields)
        if !isQuiet { Terminal.print("Build \(build) of job \(request.jobTitle) is queued at \(client.address).") }
        let (status, wasInterrupted) = try await watch(build, signals)
        let directory = "\(currentDirectory)/build_results"
        try await fetchResults(of: build, into: directory)
        try await BuildReport(client: client, status: status, resultsDirectory: directory).print()
        if wasInterrupted { return .interrupted }
        switch status.state {
        case .finished: return status.result == .noFailures ? nil : .failures
        default: return .couldNotRun
        }
    }

    /// Watches a build; the first signal cancels it, and the watching goes on to its end.
    private func watch(
        _ build: Int,
        _ signals: UnixSignalsSequence
    ) async throws -> (status: BuildStatus, wasInterrupted: Bool) {
        try await withThrowingTaskGroup(of: BuildStatus?.self) { group in
            group.addTask { try await BuildWatch(client: client, build: build, isQuiet: isQuiet).untilEnd() }
            group.addTask {
                for await signal in signals {
                    Terminal.printError("\(signal): build \(build) is being canceled.")
                    try await client.cancel(build: build)
                    return nil
                }
                // The watch has ended, and this task with it.
                throw CancellationError()
            }
            var wasInterrupted = false
            while let status = try await group.next() {
                guard let status else {
                    wasInterrupted = true
                    continue
                }
                group.cancelAll()
                return (status, wasInterrupted)
            }
            throw CancellationError()
        }
    }

    /// Puts the results of a build in the place of those of an earlier one, which stay until the new ones are there.
    private func fetchResults(of build: Int, into directory: String) async throws {
        let archive = "\(directory).\(build).tar.gz"
        let fresh = "\(directory).\(build)"
        defer {
            unlink(archive)
            PrivateDirectory.removeTree(fresh)
        }
        try await client.downloadArtifacts(build: build, to: archive)
        try FileManager.default.createDirectory(atPath: fresh, withIntermediateDirectories: true)
        try await archiver.extract(archive, into: fresh, limits: ArchiveLimits())
        let old = "\(fresh).old"
        if rename(directory, old) != 0, errno != ENOENT { throw failure("move \(directory) out of the way") }
        guard rename(fresh, directory) == 0 else { throw failure("put the results into \(directory)") }
        PrivateDirectory.removeTree(old)
    }

    private func failure(_ what: String) -> ClusterRunnerError {
        ClusterRunnerError(.failed, "Cannot \(what): \(systemMessage(errno)).")
    }
}

extension BuildRequestArguments {
    /// The job's name as messages show it.
    var jobTitle: String { fields["job_name"]?.string.map { "\"\($0)\"" } ?? "(the only one)" }
}
