import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Logging

/// The atoms of a session.
extension BuildSessionRunner {
    /// Runs the leased atoms on all executors until the session is closed.
    func work(_ session: BuildSession, _ prepared: PreparedBuild) async throws {
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
