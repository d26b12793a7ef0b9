import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Logging

/// Runs the preparations of builds, those of different projects at once, and gives up what builds leave.
///
/// Whatever is asked for is begun, and not waited for.
final class Preparations: Sendable {
    /// What is to be done for a build.
    private enum Work: Sendable {
        case prepare(Int)
        case restore(Int)
        case release(Int)
    }

    private let preparer: BuildPreparer
    private let coordinator: ClusterCoordinator
    private let logger: Logger
    private let switches = Lock<[Int: CancellationSwitch]>([:])
    private let requests: AsyncStream<Work>
    private let continuation: AsyncStream<Work>.Continuation

    init(preparer: BuildPreparer, coordinator: ClusterCoordinator, logger: Logger) {
        self.preparer = preparer
        self.coordinator = coordinator
        self.logger = logger
        (requests, continuation) = AsyncStream.makeStream()
    }

    /// Starts the preparation of a build.
    func start(build: Int) {
        switches.withLock { $0[build] = CancellationSwitch() }
        continuation.yield(.prepare(build))
    }

    /// Makes the project of a build ready again after a restart of the master; slaves that ask for it wait.
    func restore(build: Int) {
        switches.withLock { $0[build] = CancellationSwitch() }
        preparer.projects.expect(build: build)
        continuation.yield(.restore(build))
    }

    /// Gives up the project and the workspace of a build that is over, after its preparation if that still runs.
    func release(build: Int) {
        if let killSwitch = switches.withLock({ $0[build] }) {
            killSwitch.cancel()
        } else {
            continuation.yield(.release(build))
        }
    }

    /// Does what is asked for until the surrounding task is canceled.
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

    private func perform(_ build: Int, _ body: (CancellationSwitch) async -> Void) async {
        guard let killSwitch = switches.withLock({ $0[build] }) else { return }
        await body(killSwitch)
        // From here on ``release(build:)`` does it; a build that ended before is given up now.
        switches.withLock { $0[build] = nil }
        if await coordinator.build(build) == nil { await preparer.release(build: build) }
    }

    private func restore(_ build: Int, _ killSwitch: CancellationSwitch) async {
        do {
            guard let record = await coordinator.build(build) else { return }
            try await killSwitch.run { [preparer] in try await preparer.restore(record) }
        } catch is CancellationError {
            return
        } catch {
            await fail(build, error)
        }
    }

    private func prepare(_ build: Int, _ killSwitch: CancellationSwitch) async {
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

    private func fail(_ build: Int, _ error: any Error) async {
        let sentence = (error as? ClusterRunnerError)?.message ?? String(describing: error)
        logger.notice("Build \(build) could not be prepared: \(error)")
        do {
            try await coordinator.fail(build: build, sentence)
        } catch {
            logger.error("Build \(build) could not be ended: \(error)")
        }
    }
}

extension BuildPreparer {
    /// Gives up the project of a build that is over, and removes its workspace.
    func release(build: Int) async {
        let (project, workspace) = projects.take(build: build)
        await project?.teardown()
        workspace?.giveBack()
        folders.trash.discard(folders.workspace(of: build))
    }
}
