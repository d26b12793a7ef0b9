import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Logging

/// The preparations of builds, concurrent across projects, and the cleanup after builds.
///
/// Calls start work and do not wait for it.
final class Preparations: Sendable {
    /// The kinds of work for a build.
    private enum Work: Sendable {
        case prepare(BuildID)
        case restore(BuildID)
        case release(BuildID)
    }

    private let preparer: BuildPreparer
    private let coordinator: ClusterCoordinator
    private let logger: Logger
    private let switches = Lock<[BuildID: CancellationSwitch]>([:])
    private let requests: AsyncStream<Work>
    private let continuation: AsyncStream<Work>.Continuation

    init(preparer: BuildPreparer, coordinator: ClusterCoordinator, logger: Logger) {
        self.preparer = preparer
        self.coordinator = coordinator
        self.logger = logger
        (requests, continuation) = AsyncStream.makeStream()
    }

    /// Starts the preparation of a build.
    func start(build: BuildID) {
        switches.withLock { $0[build] = CancellationSwitch() }
        continuation.yield(.prepare(build))
    }

    /// Restores the project of a build after a restart of the master; slaves that ask for it wait.
    func restore(build: BuildID) {
        switches.withLock { $0[build] = CancellationSwitch() }
        preparer.projects.expect(build: build)
        continuation.yield(.restore(build))
    }

    /// Gives up the project and workspace of an ended build, after its preparation if that still runs.
    func release(build: BuildID) {
        if let killSwitch = switches.withLock({ $0[build] }) {
            killSwitch.cancel()
        } else {
            continuation.yield(.release(build))
        }
    }

    /// Does the requested work until the surrounding task is canceled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await work in requests { group.addTask { await self.perform(work) } }
        }
    }

    private func perform(_ work: Work) async {
        switch work {
        case .prepare(let build): await perform(build) { await self.prepare(build, $0) }
        case .restore(let build): await perform(build) { await self.restore(build, $0) }
        case .release(let build): await preparer.release(build: build)
        }
    }

    private func perform(_ build: BuildID, _ body: (CancellationSwitch) async -> Void) async {
        guard let killSwitch = switches.withLock({ $0[build] }) else { return }
        await body(killSwitch)
        // From here on ``release(build:)`` cleans up; a build that ended before is cleaned up now.
        switches.withLock { $0[build] = nil }
        if await coordinator.build(build) == nil { await preparer.release(build: build) }
    }

    private func restore(_ build: BuildID, _ killSwitch: CancellationSwitch) async {
        do {
            guard let record = await coordinator.build(build) else { return }
            try await killSwitch.run { [preparer] in try await preparer.restore(record) }
        } catch is CancellationError {
            return
        } catch {
            await fail(build, error)
        }
    }

    private func prepare(_ build: BuildID, _ killSwitch: CancellationSwitch) async {
        do {
            guard let record = await coordinator.build(build) else { return }
            let executors = await coordinator.slaves.reduce(0) { $0 + $1.executors }
            let plan = try await killSwitch.run { [preparer, coordinator] in
                try await preparer.prepare(record, executors: executors) {
                    try await coordinator.preparationStarts(build: build)
                }
            }
            if let plan { try await coordinator.prepared(build: build, plan: plan) }
        } catch is CancellationError {
            logger.info("The preparation of build \(build) was canceled.")
        } catch {
            await fail(build, error)
        }
    }

    private func fail(_ build: BuildID, _ error: any Error) async {
        let sentence = (error as? ClusterRunnerError)?.message ?? String(describing: error)
        logger.debug("Build \(build) could not be prepared: \(error)")
        do {
            try await coordinator.fail(build: build, sentence)
        } catch {
            logger.error("Build \(build) could not be ended: \(error)")
        }
    }
}

extension BuildPreparer {
    /// Gives up the project of an ended build and removes its workspace.
    func release(build: BuildID) async {
        let (project, workspace) = projects.take(build: build)
        await project?.teardown()
        workspace?.giveBack()
        folders.trash.discard(folders.workspace(of: build))
        folders.trash.discard(folders.fetchOutput(of: build))
        folders.trash.discard(folders.imageOutput(of: build))
    }
}
