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
extension BuildSession {
    /// Runs the leased atoms on all executors until the session is closed.
    func work(_ prepared: PreparedBuild) async throws {
        let outbox = Outbox(
            build: setup.build,
            requests: requests,
            client: machine.parts.client,
            archiver: machine.parts.archiver,
            folders: machine.folders,
            logger: machine.logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            let cap = OutputCap(limit: machine.settings.maxConsoleBytes, executors: setup.executors)
            let feed = ConsoleFeed(
                build: setup.build,
                running: running,
                folders: machine.folders,
                parts: machine.parts,
                cap: cap,
                slave: requests.slave
            )
            group.addTask { [self] in
                try await outbox.deliver { answer in
                    drop(answer.lostLeases)
                    take(answer.grants)
                }
            }
            let feeding = CancellationSwitch()
            group.addTask { [logger = machine.logger] in try? await feeding.run { await feed.run(logger: logger) } }
            await deliverReturns(to: { outbox.add(returned: $0) }) {
                await withDiscardingTaskGroup { executors in
                    for index in 0..<setup.executors {
                        executors.addTask { [self] in await execute(prepared, index, outbox, cap) }
                    }
                }
            }
            outbox.finish()
            feeding.cancel()
            try await group.waitForAll()
        }
    }

    private func execute(
        _ prepared: PreparedBuild,
        _ index: Int,
        _ outbox: Outbox,
        _ cap: OutputCap
    ) async {
        let run = AtomRun(
            setup: setup,
            executor: index,
            project: prepared.project,
            projectDirectory: prepared.directory,
            environment: prepared.environment.onExecutor(index, firstInBuild: setup.firstExecutorIndex),
            folders: machine.folders,
            runner: runner(of: prepared),
            timekeeper: machine.parts.timekeeper,
            cap: cap
        )
        var log = ExecutorEvents(events: machine.events, setup: setup, executor: index)
        while let task = await queue.next(for: index) {
            log.takes(task)
            let begin = machine.parts.timekeeper.now.uptime
            await self.run(task, executor: index, at: begin) { [self, log] in
                log.begins(task)
                let outcome = await run.runAll(task)
                for finished in outcome.finished { log.ends(task, finished.report) }
                guard !Task.isCancelled else { return }
                // First, so that executors that wait get them, and a halt gives them back with the others.
                putBack(outcome.unknown, of: task, to: index)
                for finished in outcome.finished { hand(finished, of: task, to: outbox) }
            }
            if !queue.continues(task.lease, on: index) { log.endSubjob() }
        }
        log.endSubjob()
    }
}

extension BuildSession {
    /// Reports an atom.
    ///
    /// After an obstacle of this slave, or a failure that ends the build, no further atom begins here. Otherwise many
    /// short atoms could begin before the master learns of it.
    private func hand(_ finished: FinishedAtom, of task: QueuedAtom, to outbox: Outbox) {
        let job = setup.job
        let isObstructed = finished.report.obstacle != nil
        let isLastFailure = finished.report.result.isFailure && failures(of: finished, in: task) >= job.retries
        guard isObstructed || job.failFast && isLastFailure else {
            return outbox.add(finished, isUrgent: queue.isRunningLow)
        }
        halt(isObstructed: isObstructed) { outbox.add(finished) }
    }

    /// Returns the number of earlier failures of an atom.
    private func failures(of finished: FinishedAtom, in task: QueuedAtom) -> Int {
        task.members.first { $0.id == finished.report.atom }?.failures ?? 0
    }
}
