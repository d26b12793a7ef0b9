import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire
import UnixSignals

/// The steps of a command that follows a build: request, watch, report, results.
struct BuildRun: Sendable {
    let client: MasterClient
    let origin: BuildOrigin
    /// Whether the command ends as soon as the build is queued.
    var detaches = false
    let archiver: any Archiver
    /// The place for the results; nil fetches none.
    let results: ResultsDirectory?
    var selection = ResultsSelection.all
    let output: BuildOutput
    /// Whether the cluster ends with the build.
    let isEmbedded: Bool
    /// Fires when the user no longer waits for the end of the build.
    let abandonment: OneShotSignal
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
        guard let build = try await origin.begin(with: client, until: signals) else { return End(exit: .interrupted) }
        if detaches { return try detach(from: build) }
        if let ended = build.found, ended.state.isFinal {
            return try await conclude(ended, [], wasInterrupted: false, until: signals)
        }
        let console = BuildConsole(mode: output.mode, style: output.style, timekeeper: timekeeper, age: build.age)
        await console.begin(build.id, build.sentence)
        let outcome: Outcome
        do {
            outcome = try await watch(build, console, signals.listen())
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

    /// Prints the number of a build that goes on without this command.
    private func detach(from build: FollowedBuild) throws -> End {
        switch output.mode {
        case .quiet: Terminal.print("\(build.id)")
        case .json:
            Terminal.print(try String(lineOf: BuildCreatedAnswer(build.id, joined: build.farewell != nil)))
        case .live, .plain:
            Terminal.print(build.sentence)
            Terminal.print("Watch it with: clusterrunner watch \(build.id)")
            Terminal.print("Dashboard: \(client.dashboard(of: build.id))")
        }
        return End(exit: nil)
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
        guard let results else {
            let exit = wasInterrupted ? .interrupted : Self.exit(of: status)
            try await report(status, shownFailures, exit, ResultsPlace(path: nil), directory: nil)
            return End(status: status, exit: exit)
        }
        let transport = ResultsDelivery(
            client: client,
            archiver: archiver,
            directory: results,
            selection: selection,
            patience: isEmbedded ? .zero : BuildWatch.patienceWithMasters,
            timekeeper: timekeeper,
            notes: DeliveryNotes(of: status.id, output.mode, timekeeper)
        )
        let delivered = await signals.untilNext { await transport.deliver(status) }
        let delivery = delivered ?? .failed(ClusterRunnerError(.failed, "It was interrupted."))
        let failure = delivery.failure(status, of: client, isEmbedded: isEmbedded)
        let verdict = wasInterrupted || delivered == nil ? .interrupted : Self.exit(of: status)
        let exit = verdict ?? (failure == nil ? nil : .couldNotRun)
        let directory = delivery.directoryOfAllAtoms(results, selection)
        try await report(status, shownFailures, exit, delivery.place(results), directory: directory)
        for line in delivery.omissions(results) { Terminal.printError(line) }
        if let failure { Terminal.printError("clusterrunner: \(failure)") }
        return End(status: status, exit: exit, directory: directory)
    }

    /// Returns the exit for an ended build; nil is success.
    static func exit(of status: BuildRepresentation) -> CommandExit? {
        switch status.state {
        case .finished: status.result == .noFailures ? nil : .failures
        case .canceled: .canceled
        default: .couldNotRun
        }
    }

    private func report(
        _ status: BuildRepresentation,
        _ shownFailures: Set<AtomPosition>,
        _ exit: CommandExit?,
        _ place: ResultsPlace,
        directory: String?
    ) async throws {
        let report = BuildReport(
            client: client,
            status: status,
            results: place,
            slowest: SlowestAtoms(in: directory),
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
        _ build: FollowedBuild,
        _ console: BuildConsole,
        _ signals: AsyncStream<UnixSignal>
    ) async throws -> Outcome {
        guard output.mode == .live else { return try await watch(build, console, signals, nil) }
        return try await TerminalKeys.with(timekeeper: timekeeper) { keys in
            try await watch(build, console, signals, keys)
        }
    }

    private func watch(
        _ build: FollowedBuild,
        _ console: BuildConsole,
        _ signals: AsyncStream<UnixSignal>,
        _ keys: TerminalKeys?
    ) async throws -> Outcome {
        let interruption = OneShotSignal()
        return try await withThrowingTaskGroup(of: BuildRepresentation?.self) { group in
            let watch = BuildWatch(
                client: client,
                build: build.id,
                console: console,
                showsAllOutputs: output.followsFailures,
                patience: isEmbedded ? .zero : BuildWatch.patienceWithMasters,
                timekeeper: timekeeper,
                keys: keys
            )
            group.addTask { try await watch.untilEnd() }
            group.addTask {
                if let farewell = build.farewell {
                    try await leave(signals, interruption, "build \(build.id) \(farewell)", console)
                } else {
                    try await obey(signals, interruption, build.id, console)
                }
                return nil
            }
            defer { group.cancelAll() }
            let status = try await group.next() ?? nil
            return Outcome(status: status, wasInterrupted: interruption.hasFired)
        }
    }

    /// Waits for a signal that ends the watch over a build which goes on.
    private func leave(
        _ signals: AsyncStream<UnixSignal>,
        _ interruption: OneShotSignal,
        _ farewell: String,
        _ console: BuildConsole
    ) async throws {
        guard let signal = await signals.first(where: { _ in true }) else { throw CancellationError() }
        await console.leave("\(signal): \(farewell)")
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
