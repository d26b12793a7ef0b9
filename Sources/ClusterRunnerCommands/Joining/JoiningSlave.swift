import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import ClusterRunnerSlave
import Logging
import ServiceLifecycle
import UnixSignals

/// A slave that works until its build has ended.
struct JoiningSlave: Sendable {
    let service: SlaveService
    /// Kills the slave's running work.
    let stop: SlaveStop
    let build: JoinedBuild
    /// The time limit for leaving.
    let deadline: Duration
    let timekeeper: Timekeeper
    let logger: Logger

    private enum Event: Sendable {
        case left
        case end(JoinedBuild.End)
        case signal, late
    }

    /// Runs the slave until it has left.
    ///
    /// The first signal lets it complete its running work, the second one kills that.
    ///
    /// - Returns: The end of the build; nil if a signal ended the slave before.
    func run(until signals: AsyncStream<UnixSignal>) async throws -> JoinedBuild.End? {
        let services = ServiceGroup(
            configuration: .init(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger
            )
        )
        let (events, continuation) = AsyncStream<Event>.makeStream()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.yield(.left) }
                try await services.run()
            }
            group.addTask { continuation.yield(.end(try await build.untilEnd())) }
            group.addTask { for await _ in signals { continuation.yield(.signal) } }
            var end: JoinedBuild.End?
            var isLeaving = false
            for await event in events {
                switch event {
                case .left:
                    group.cancelAll()
                    try await rethrow(&group, unless: isLeaving)
                    return end
                case .end(let found): end = isLeaving ? end : found
                case .signal, .late: if isLeaving { stop.fire() }
                }
                // A master that is gone takes no results.
                if case .lost = end { stop.fire() }
                guard !isLeaving else { continue }
                isLeaving = true
                await services.triggerGracefulShutdown()
                group.addTask {
                    try await timekeeper.sleep(for: deadline)
                    continuation.yield(.late)
                }
            }
            return end
        }
    }

    /// Waits for the other tasks, and throws the error that ended the slave, unless it was told to leave.
    private func rethrow(_ group: inout ThrowingTaskGroup<Void, any Error>, unless isLeaving: Bool) async throws {
        while let result = await group.nextResult() {
            guard case .failure(let error) = result, !isLeaving, !(error is CancellationError) else { continue }
            throw error
        }
    }
}
