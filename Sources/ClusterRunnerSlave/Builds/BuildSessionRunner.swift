import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Logging

/// The runner of sessions: fetches the project, runs set-up, atoms and teardown, and reports.
struct BuildSessionRunner: Sendable {
    let settings: SlaveSettings
    let parts: SlaveParts
    let folders: SlaveFolders
    let board: ExecutorBoard
    /// The slave.
    let slave: @Sendable () async -> SlaveID
    /// Ends the retries for a master that does not answer.
    let patience: CancellationSwitch
    let logger: Logger
    let events: SlaveEvents

    /// Runs a session to its end; the slave is idle again when it returns.
    func run(_ session: BuildSession) async {
        let build = session.setup.build
        let shelf = Shelf()
        do {
            let ready = try await recordingSetup(of: build) {
                let ready = try await session.killSwitch.run { try await shelf.keep(prepare(session)) }
                try await session.killSwitch.run { try await runSetup(session, ready) }
                return ready
            }
            session.isSetUp()
            try await reportSetup(of: session, failure: nil)
            try await session.killSwitch.run { try await work(session, ready) }
        } catch is CancellationError {
            logger.info("Build \(build) was canceled on this slave.")
        } catch {
            // The teardown is reported together with a failed set-up.
            if !session.hold.isSetUp, let ready = shelf.take() { await clearAway(session, ready) }
            await reportFailure(of: session, error)
        }
        await tearDown(session, shelf.take())
    }

    /// The holder of a prepared project until its release, even if a cancellation comes at that moment.
    private final class Shelf: Sendable {
        private let prepared = Lock<PreparedBuild?>(nil)

        func keep(_ build: PreparedBuild) -> PreparedBuild {
            prepared.withLock { $0 = build }
            return build
        }

        func take() -> PreparedBuild? {
            prepared.withLock { prepared in
                defer { prepared = nil }
                return prepared
            }
        }
    }

    /// A prepared project.
    struct PreparedBuild: Sendable {
        let project: any ProjectType
        /// The workspace, if later builds reuse it.
        let workspace: LentWorkspace?
        let directory: ByteString
        let environment: JobEnvironment

        /// Releases the project's resources.
        func release() async {
            await project.teardown()
            workspace?.giveBack()
        }
    }

    private func recordingSetup<Value>(of build: BuildID, _ body: () async throws -> Value) async throws -> Value {
        let data: [String: JSONValue] = ["build_id": .integer(build), "slave_id": .integer(await slave())]
        events.record(.buildSetupStart, data)
        var isSuccess = false
        defer { events.record(.buildSetupFinish, data.merging(["is_success": .bool(isSuccess)]) { $1 }) }
        let value = try await body()
        isSuccess = true
        return value
    }

    private func reportSetup(of session: BuildSession, failure: String?) async throws {
        try await requests.perform { slave in
            let commands = session.commands.all(at: parts.timekeeper.now.uptime)
            let report = SetupReport(build: session.setup.build, failure: failure, commands: commands)
            try await parts.client.report(report, slave: slave)
        }
        session.commands.clear()
    }

    private func reportFailure(of session: BuildSession, _ error: any Error) async {
        let reason = (error as? ClusterRunnerError)?.message ?? String(describing: error)
        logger.warning("Build \(session.setup.build) failed on this slave: \(reason)")
        if !session.hold.isSetUp, !session.commands.contains(.setup) {
            let run = CommandRun(kind: .setup, command: "", exitCode: nil, output: reason, seconds: 0)
            session.commands.add(run, begin: parts.timekeeper.now.uptime)
        }
        do {
            try await reportSetup(of: session, failure: reason)
        } catch {
            logger.error("The master could not be told: \(error)")
        }
    }

    private var requests: PatientRequests {
        PatientRequests(slave: slave, patience: patience, timekeeper: parts.timekeeper, logger: logger)
    }
}

// MARK: Set-up

extension BuildSessionRunner {
    private func prepare(_ session: BuildSession) async throws -> PreparedBuild {
        let setup = session.setup
        let project = try makeProject(setup)
        let workspace = type(of: project).reusesWorkspaces ? try folders.kept.take(for: project) : nil
        let directory: ByteString
        do {
            try folders.createBuild(setup.build)
            let place = workspace?.directory ?? folders.workspace(of: setup.build)
            try folders.create(place)
            directory = try await project.fetch(into: place).directory
            if workspace == nil { try folders.jobUser?.takeTree(place) }
            try await RemoteFile.download(
                setup.remoteFiles,
                into: directory,
                as: folders.jobUser,
                scratch: folders.arrival(of: setup.build),
                with: parts.downloader
            )
        } catch {
            await project.teardown()
            workspace?.giveBack()
            throw error
        }
        let environment = JobEnvironment(
            inherited: settings.inheritedEnvironment,
            job: setup.job,
            build: setup.build,
            projectDirectory: directory,
            masterURL: parts.client.address.description
        )
        return PreparedBuild(
            project: project,
            workspace: workspace,
            directory: directory,
            environment: environment
        )
    }

    private func makeProject(_ setup: BuildSetup) throws -> any ProjectType {
        let context = ProjectContext(
            storageDirectory: folders.projects,
            role: .slave(master: parts.client.projectSource(build: setup.build)),
            git: settings.git,
            getProjectFromMaster: settings.getProjectFromMaster,
            jobUser: settings.jobUser,
            logger: logger
        )
        return try parts.projectTypes.makeProject(
            type: setup.projectType,
            parameters: setup.parameters,
            context: context
        )
    }

    private func runSetup(_ session: BuildSession, _ prepared: PreparedBuild) async throws {
        guard let script = session.setup.job.setup else { return }
        let limit = session.setup.job.setupTimeout.map { .seconds($0) } ?? settings.setupTimeout
        let (outcome, output) = try await runOnce(script, .setup, session, prepared, limit: limit)
        try Task.checkCancellation()
        guard !outcome.isSuccess else { return }
        let fault =
            outcome.end == .timedOut
            ? "ran longer than \(Self.text(limit)), its setup_timeout, and was ended"
            : "failed with exit code \(outcome.exitCode)"
        let lines = CommandList.lines(ofEntries: script).joined(separator: "\n")
        throw ClusterRunnerError(.failed, "setup_build \(fault). Command: \(lines)\nOutput: \(output)")
    }

    private static func text(_ limit: Duration) -> String {
        let seconds = limit.inMilliseconds
        return seconds == seconds.rounded() ? "\(Int(min(seconds, 1e15))) s" : "\(seconds) s"
    }

    /// Runs a command of the build other than an atom and notes its outcome; also returns the end of its output.
    private func runOnce(
        _ script: String,
        _ kind: CommandRun.Kind,
        _ session: BuildSession,
        _ prepared: PreparedBuild,
        limit: Duration
    ) async throws -> (CommandOutcome, output: String) {
        let path = folders.output(of: session.setup.build, command: kind.rawValue)
        let command = ShellCommand(
            script: script,
            directory: prepared.directory,
            environment: prepared.environment.ofBuild,
            output: .combined(path: path),
            timeout: limit,
            options: session.setup.job.shellOptions
        )
        let begin = parts.timekeeper.now.uptime
        let feed = CommandFeed(
            build: session.setup.build,
            kind: kind,
            command: script,
            path: path,
            begin: begin,
            client: parts.client,
            timekeeper: parts.timekeeper,
            cap: OutputCap(limit: settings.maxConsoleBytes, executors: 1),
            slave: slave,
            logger: logger
        )
        let outcome = try await feed.run { try await parts.runner.run(prepared.project.wrap(command)) }
        let output = ConsoleFile.wasReplaced(path) ? [] : try ConsoleFile.end(of: path, CommandRun.outputLimit)
        let run = CommandRun(
            kind: kind,
            command: script,
            exitCode: Int(outcome.exitCode),
            output: CommandRun.text(of: output) + Self.note(on: outcome, kind, limit),
            seconds: outcome.elapsed.inMilliseconds
        )
        session.commands.add(run, begin: begin)
        let end = String(decoding: output.suffix(4000), as: UTF8.self)
        return (outcome, end.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}

extension BuildSessionRunner {
    /// Makes a line about a command that did not end by itself.
    private static func note(on outcome: CommandOutcome, _ kind: CommandRun.Kind, _ limit: Duration) -> String {
        switch outcome.end {
        case .exited, .signaled: ""
        case .timedOut: "\n[ClusterRunner: ended after \(text(limit)), the limit of \(kind.rawValue)_timeout.]\n"
        case .canceled: "\n[ClusterRunner: ended because it was canceled.]\n"
        }
    }
}

// MARK: Work

extension BuildSessionRunner {
    private func work(_ session: BuildSession, _ prepared: PreparedBuild) async throws {
        let outbox = Outbox(
            build: session.setup.build,
            requests: requests,
            client: parts.client,
            archiver: parts.archiver,
            folders: folders,
            logger: logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            let build = session.setup.build
            let cap = OutputCap(limit: settings.maxConsoleBytes, executors: session.setup.executors)
            let feed = ConsoleFeed(
                build: build,
                board: board,
                folders: folders,
                parts: parts,
                cap: cap,
                slave: slave
            )
            group.addTask {
                try await outbox.deliver { answer in
                    session.drop(answer.lostLeases)
                    session.take(answer.grants)
                }
            }
            let feeding = CancellationSwitch()
            group.addTask { try? await feeding.run { await feed.run(logger: logger) } }
            await session.deliverReturns(to: { outbox.add(returned: $0) }) {
                await withDiscardingTaskGroup { executors in
                    for index in 0..<session.setup.executors {
                        executors.addTask { await execute(session, prepared, index, outbox, cap) }
                    }
                }
            }
            outbox.finish()
            feeding.cancel()
            try await group.waitForAll()
        }
    }

    private func execute(
        _ session: BuildSession,
        _ prepared: PreparedBuild,
        _ index: Int,
        _ outbox: Outbox,
        _ cap: OutputCap
    ) async {
        let setup = session.setup
        let run = AtomRun(
            setup: setup,
            executor: index,
            project: prepared.project,
            projectDirectory: prepared.directory,
            environment: prepared.environment.onExecutor(index, firstInBuild: setup.firstExecutorIndex),
            folders: folders,
            runner: parts.runner,
            timekeeper: parts.timekeeper,
            cap: cap
        )
        var log = ExecutorEvents(events: events, setup: setup, executor: index)
        while let task = await session.queue.next(for: index) {
            log.takes(task)
            let begin = parts.timekeeper.now.uptime
            board.set(.init(build: setup.build, claim: task.claim, since: begin), executor: index)
            await session.run(task, executor: index, at: begin) { [log] in
                log.begins(task)
                let finished = await run.run(task)
                log.ends(task, finished.report)
                if !Task.isCancelled { hand(finished, of: task, in: session, to: outbox) }
            }
            board.set(nil, executor: index)
            if !session.queue.continues(task.lease, on: index) { log.endSubjob() }
        }
        log.endSubjob()
        board.set(nil, executor: index)
    }
}

extension BuildSessionRunner {
    /// Reports an atom.
    ///
    /// After an obstacle of this slave, or a failure that ends the build, no further atom begins here. Otherwise many
    /// short atoms could begin before the master learns of it.
    private func hand(_ finished: FinishedAtom, of task: QueuedAtom, in session: BuildSession, to outbox: Outbox) {
        let job = session.setup.job
        let isObstructed = finished.report.obstacle != nil
        let isLastFailure = finished.report.result.isFailure && task.atom.failures ?? 0 >= job.retries
        guard isObstructed || job.failFast && isLastFailure else {
            return outbox.add(finished, isUrgent: session.queue.isRunningLow)
        }
        session.halt(isObstructed: isObstructed) { outbox.add(finished) }
    }
}

// MARK: Teardown

extension BuildSessionRunner {
    /// Runs the teardown, even after a cancellation, and removes the build's files.
    private func tearDown(_ session: BuildSession, _ prepared: PreparedBuild?) async {
        let build = session.setup.build
        if let prepared { await clearAway(session, prepared) }
        folders.trash.discard(folders.build(build))
        // As soon as the master knows, it may give the slave the same build again.
        session.end()
        do {
            try await requests.perform { slave in
                let commands = session.commands.all(at: parts.timekeeper.now.uptime)
                try await parts.client.report(TeardownReport(build: build, commands: commands), slave: slave)
            }
        } catch {
            logger.warning("The master could not be told that build \(build) is torn down: \(error)")
        }
    }

    private func clearAway(_ session: BuildSession, _ prepared: PreparedBuild) async {
        let data: [String: JSONValue] = [
            "build_id": .integer(session.setup.build), "slave_id": .integer(await slave()),
        ]
        events.record(.buildTeardownStart, data)
        await runTeardown(session, prepared)
        await prepared.release()
        events.record(.buildTeardownFinish, data)
    }

    private func runTeardown(_ session: BuildSession, _ prepared: PreparedBuild) async {
        guard let script = session.setup.job.teardown else { return }
        let build = session.setup.build
        let own = session.setup.job.teardownTimeout.map { Duration.seconds($0) }
        let limit = session.beginTeardown(limit: own ?? settings.teardownTimeout)
        do {
            let (outcome, output) = try await session.teardownSwitch.run {
                try await runOnce(script, .teardown, session, prepared, limit: limit)
            }
            guard !outcome.isSuccess else { return }
            logger.warning("teardown_build of build \(build) ended with \(outcome.exitCode): \(output)")
        } catch is CancellationError {
            logger.warning("teardown_build of build \(build) was canceled.")
        } catch {
            logger.warning("teardown_build of build \(build) could not be run: \(error)")
        }
    }
}
