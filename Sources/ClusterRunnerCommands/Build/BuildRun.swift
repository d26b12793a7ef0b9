import ClusterRunnerAPI
import ClusterRunnerClient
import ClusterRunnerCore
import ClusterRunnerFiles
import Foundation
import UnixSignals

/// One build as `clusterrunner build` performs it: request, watch, report, results.
struct BuildRun: Sendable {
    let client: MasterClient
    let request: BuildRequestArguments
    let archiver: any Archiver
    let currentDirectory: String
    let output: BuildOutput
    /// Whether the cluster ends with the build.
    let isEmbedded: Bool
    var timekeeper = Timekeeper.system()

    /// Performs the build; an interrupt cancels it.
    ///
    /// - Returns: How the process must end; nil is success.
    func perform() async throws -> CommandExit? {
        guard let gitHub = output.gitHub else { return try await run().exit }
        let (status, exit) = try await gitHub.withoutCommands { try await run() }
        if let status { try await gitHub.report(status, client, resultsDirectory) }
        return exit
    }

    /// Performs the build and reports it; no status is a user who did not wait for its end.
    private func run() async throws -> (status: BuildStatus?, exit: CommandExit?) {
        let signals = await UnixSignalsSequence(trapping: EndingSignals.all)
        let build = try await client.createBuild(request.fields)
        let console = BuildConsole(mode: output.mode, style: output.style, timekeeper: timekeeper)
        await console.begin(build, "Build \(build) of job \(request.jobTitle) is queued at \(client.address).")
        let outcome: Outcome
        do {
            outcome = try await watch(build, console, signals)
        } catch {
            await console.end()
            throw error
        }
        await console.end()
        guard let status = outcome.status else { return (nil, .interrupted) }
        try await fetchResults(of: build, into: resultsDirectory)
        let exit = outcome.wasInterrupted ? .interrupted : Self.exit(of: status)
        try await report(status, exit)
        return (status, exit)
    }

    private var resultsDirectory: String { "\(currentDirectory)/build_results" }

    private static func exit(of status: BuildStatus) -> CommandExit? {
        guard status.state == .finished else { return .couldNotRun }
        return status.result == .noFailures ? nil : .failures
    }

    private func report(_ status: BuildStatus, _ exit: CommandExit?) async throws {
        let report = BuildReport(
            client: client,
            status: status,
            resultsDirectory: resultsDirectory,
            hasDashboard: !isEmbedded,
            style: output.style,
            width: output.width
        )
        if output.mode == .json {
            Terminal.print(try (await report.json(exitCode: exit?.rawValue ?? 0)).line)
        } else {
            try await report.print()
        }
    }
}

// MARK: Watching

extension BuildRun {
    /// What came of a watch; no status is a user who does not wait for the end.
    private struct Outcome: Sendable {
        let status: BuildStatus?
        let wasInterrupted: Bool
    }

    /// Watches a build; the first signal cancels it, and the watching goes on to its end or to the second signal.
    private func watch(
        _ build: Int,
        _ console: BuildConsole,
        _ signals: UnixSignalsSequence
    ) async throws -> Outcome {
        let interruption = OneShotSignal()
        return try await withThrowingTaskGroup(of: BuildStatus?.self) { group in
            let watch = BuildWatch(
                client: client,
                build: build,
                console: console,
                showsOutput: output.followsFailures,
                patience: isEmbedded ? .zero : BuildWatch.patienceWithMasters,
                timekeeper: timekeeper
            )
            group.addTask { try await watch.untilEnd() }
            group.addTask {
                try await obey(signals, interruption, build, console)
                return nil
            }
            defer { group.cancelAll() }
            let status = try await group.next() ?? nil
            return Outcome(status: status, wasInterrupted: interruption.hasFired)
        }
    }

    /// Cancels the build at the first signal; returns when nobody waits for its end any more.
    private func obey(
        _ signals: UnixSignalsSequence,
        _ interruption: OneShotSignal,
        _ build: Int,
        _ console: BuildConsole
    ) async throws {
        for await signal in signals {
            if interruption.hasFired { return }
            interruption.fire()
            await console.isCanceling("\(signal): build \(build) is being canceled.")
            do {
                try await client.cancel(build: build)
            } catch let error as MasterUnreachable {
                await console.isCanceling("\(error) Build \(build) is not canceled.")
                return
            }
        }
        // The watch has ended, and this task with it.
        throw CancellationError()
    }
}

// MARK: Results

extension BuildRun {
    /// Puts the results of a build in the place of those of an earlier one, which stay until the new ones are there.
    private func fetchResults(of build: Int, into directory: String) async throws {
        let archive = "\(directory).\(build).tar.gz"
        let fresh = "\(directory).\(build)"
        defer {
            unlink(archive)
            removeTree(fresh)
        }
        try await client.downloadArtifacts(build: build, to: archive)
        try FileManager.default.createDirectory(atPath: fresh, withIntermediateDirectories: true)
        try await archiver.extract(archive, into: fresh, limits: ArchiveLimits())
        let old = "\(fresh).old"
        if rename(directory, old) != 0, errno != ENOENT { throw failure("move \(directory) out of the way") }
        guard rename(fresh, directory) == 0 else { throw failure("put the results into \(directory)") }
        removeTree(old)
    }

    private func failure(_ what: String) -> ClusterRunnerError {
        ClusterRunnerError(.failed, "Cannot \(what): \(systemMessage(errno)).")
    }
}

extension BuildRequestArguments {
    /// The job's name as messages show it.
    var jobTitle: String { fields["job_name"]?.string.map { "\"\($0)\"" } ?? "(the only one)" }
}
