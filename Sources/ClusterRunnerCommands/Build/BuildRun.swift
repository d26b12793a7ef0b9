import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire
import UnixSignals

/// The steps of one `clusterrunner build`: request, watch, report, results.
struct BuildRun: Sendable {
    let client: MasterClient
    let request: BuildRequestArguments
    /// What is sent to the master before the request.
    var upload: ProjectUpload?
    /// Whether an unfinished build of the same request is followed in place of a new one.
    var joins = false
    let archiver: any Archiver
    let results: ResultsDirectory
    let selection: ResultsSelection
    let output: BuildOutput
    /// Whether the cluster ends with the build.
    let isEmbedded: Bool
    /// Fires when the user no longer waits for the end of the build.
    let abandonment: OneShotSignal
    /// The ended build that is run again in place of the request.
    var retried: RetriedBuild?
    /// The command that runs what failed once more.
    var rerun: RerunCommand?
    var timekeeper = Timekeeper.system()

    /// Runs the build; an interrupt cancels it.
    ///
    /// - Returns: The exit of the process; nil is success.
    func perform() async throws -> CommandExit? {
        guard let gitHub = output.gitHub else { return try await run().exit }
        let end = try await gitHub.withoutCommands { try await run() }
        if let status = end.status { try await gitHub.report(status, client, end.directory) }
        return end.exit
    }

    /// Runs the build and reports it; the status is nil if the user did not wait for the end.
    private func run() async throws -> End {
        try await EndingSignals.withRelay { try await run(until: $0) }
    }

    private func run(until signals: EndingSignals) async throws -> End {
        guard let fields = try await fields(until: signals) else { return End(exit: .interrupted) }
        let answer =
            if let retried {
                BuildCreatedAnswer(try await client.retry(build: retried.id, onlyFailed: retried.onlyFailed))
            } else {
                try await client.requestBuild(fields, joins: joins)
            }
        let (build, isJoined) = (answer.id, answer.joined == true)
        let console = BuildConsole(mode: output.mode, style: output.style, timekeeper: timekeeper)
        let state = isJoined ? "is running already, and is followed" : "is queued"
        await console.begin(build, "Build \(build) of job \(request.jobTitle) \(state) at \(client.address).")
        let outcome: Outcome
        do {
            outcome = try await watch(build, isJoined: isJoined, console, signals.listen())
        } catch {
            await console.end()
            throw error
        }
        await console.end()
        guard let status = outcome.status else {
            abandonment.fire()
            return End(exit: .interrupted)
        }
        let shown = await console.shownFailures
        return try await conclude(status, shown, wasInterrupted: outcome.wasInterrupted, until: signals)
    }

    /// Returns the fields of the request, after the upload that they need; nil after a signal.
    private func fields(until signals: EndingSignals) async throws -> [String: JSONValue]? {
        guard let upload else { return request.fields }
        let outcome = await signals.untilNext { () async -> Result<[String: JSONValue], any Error> in
            do {
                return .success(try await upload.send())
            } catch {
                return .failure(error)
            }
        }
        guard var fields = try outcome?.get() else { return nil }
        fields["type"] = .string(request.type)
        return fields
    }

    /// The end of a build; the status is nil if the user did not wait for it.
    private struct End: Sendable {
        var status: BuildRepresentation?
        let exit: CommandExit?
        /// The directory with the slowest atoms.
        var directory: String?
    }

    /// Fetches the results and reports the end of the build, with or without them.
    private func conclude(
        _ status: BuildRepresentation,
        _ shownFailures: Set<AtomPosition>,
        wasInterrupted: Bool,
        until signals: EndingSignals
    ) async throws -> End {
        let transport = ResultsDelivery(
            client: client,
            archiver: archiver,
            directory: results,
            selection: selection,
            patience: isEmbedded ? .zero : BuildWatch.patienceWithMasters,
            timekeeper: timekeeper
        )
        let delivered = await signals.untilNext { await transport.deliver(status) }
        let delivery = delivered ?? .failed(ClusterRunnerError(.failed, "It was interrupted."))
        let failure = delivery.failure(status, of: client, isEmbedded: isEmbedded)
        let verdict = wasInterrupted || delivered == nil ? .interrupted : Self.exit(of: status)
        let exit = verdict ?? (failure == nil ? nil : .couldNotRun)
        try await report(status, shownFailures, exit, delivery)
        for line in delivery.omissions(results) { Terminal.printError(line) }
        if let failure { Terminal.printError("clusterrunner: \(failure)") }
        return End(status: status, exit: exit, directory: delivery.directoryOfAllAtoms(results, selection))
    }

    private static func exit(of status: BuildRepresentation) -> CommandExit? {
        guard status.state == .finished else { return .couldNotRun }
        return status.result == .noFailures ? nil : .failures
    }

    private func report(
        _ status: BuildRepresentation,
        _ shownFailures: Set<AtomPosition>,
        _ exit: CommandExit?,
        _ delivery: ResultsDelivery.Outcome
    ) async throws {
        let report = BuildReport(
            client: client,
            status: status,
            results: delivery.place(results),
            slowest: SlowestAtoms(in: delivery.directoryOfAllAtoms(results, selection)),
            hasDashboard: !isEmbedded,
            shownFailures: shownFailures,
            rerun: rerun,
            style: output.style,
            width: output.width
        )
        if output.mode == .json {
            Terminal.print(try String(lineOf: try await report.line(exitCode: exit?.rawValue ?? 0)))
        } else {
            try await report.print()
        }
    }
}

// MARK: Watching

extension BuildRun {
    /// The outcome of a watch; the status is nil if the user does not wait for the end.
    private struct Outcome: Sendable {
        let status: BuildRepresentation?
        let wasInterrupted: Bool
    }

    /// Watches a build to its end or to the second signal; the first one cancels it.
    private func watch(
        _ build: BuildID,
        isJoined: Bool,
        _ console: BuildConsole,
        _ signals: AsyncStream<UnixSignal>
    ) async throws -> Outcome {
        let interruption = OneShotSignal()
        return try await withThrowingTaskGroup(of: BuildRepresentation?.self) { group in
            let watch = BuildWatch(
                client: client,
                build: build,
                console: console,
                showsAllOutputs: output.followsFailures,
                patience: isEmbedded ? .zero : BuildWatch.patienceWithMasters,
                timekeeper: timekeeper
            )
            group.addTask { try await watch.untilEnd() }
            group.addTask {
                if isJoined {
                    try await leave(signals, interruption, build, console)
                } else {
                    try await obey(signals, interruption, build, console)
                }
                return nil
            }
            defer { group.cancelAll() }
            let status = try await group.next() ?? nil
            return Outcome(status: status, wasInterrupted: interruption.hasFired)
        }
    }

    /// Waits for a signal that ends the watch over a build which another request has started.
    private func leave(
        _ signals: AsyncStream<UnixSignal>,
        _ interruption: OneShotSignal,
        _ build: BuildID,
        _ console: BuildConsole
    ) async throws {
        guard let signal = await signals.first(where: { _ in true }) else { throw CancellationError() }
        await console.isCanceling("\(signal): build \(build) goes on, because another request has started it.")
        interruption.fire()
    }

    /// Cancels the build at the first signal; returns when the user no longer waits for the end.
    private func obey(
        _ signals: AsyncStream<UnixSignal>,
        _ interruption: OneShotSignal,
        _ build: BuildID,
        _ console: BuildConsole
    ) async throws {
        let isWaiting = await withTaskGroup(of: Bool.self) { group in
            // A second signal is received while the request after the first one is unanswered.
            group.addTask {
                for await signal in signals {
                    if interruption.hasFired { return false }
                    await console.isCanceling("\(signal): build \(build) is being canceled.")
                    interruption.fire()
                }
                return true
            }
            group.addTask {
                await interruption.wait()
                return interruption.hasFired ? await cancel(build, console) : true
            }
            defer { group.cancelAll() }
            return await group.allSatisfy { $0 }
        }
        // The watch has ended, and so has this task.
        if isWaiting { throw CancellationError() }
    }

    /// Cancels a build; returns false when that failed.
    ///
    /// An embedded master that does not answer soon never will, because it waits for room on its disk.
    private func cancel(_ build: BuildID, _ console: BuildConsole) async -> Bool {
        await withTaskGroup(of: Bool?.self) { group in
            group.addTask {
                do {
                    try await client.cancel(build: build)
                    return true
                } catch is CancellationError {
                    return nil
                } catch {
                    await console.isCanceling("\(error) Build \(build) is not canceled.")
                    return false
                }
            }
            if isEmbedded {
                group.addTask {
                    guard (try? await timekeeper.sleep(for: Self.embeddedPatience)) != nil else { return nil }
                    await console.isCanceling("Build \(build) cannot be canceled, and is ended with its cluster.")
                    return false
                }
            }
            defer { group.cancelAll() }
            for await answer in group { if let answer { return answer } }
            return true
        }
    }

    /// The time limit for recording the cancellation in an embedded cluster.
    private static let embeddedPatience = Duration.seconds(3)
}

extension BuildRequestArguments {
    /// The job's name in messages.
    var jobTitle: String { fields["job_name"]?.string.map { "\"\($0)\"" } ?? "(the only one)" }
}

/// An ended build that is run again.
struct RetriedBuild: Sendable {
    let id: BuildID
    /// Whether only the atoms that failed are run.
    let onlyFailed: Bool
}
