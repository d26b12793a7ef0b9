import ClusterRunnerConcurrency
import Logging
import ServiceLifecycle
import UnixSignals

/// A service that ends at a signal.
///
/// The first TERM, INT or HUP lets it complete its running work. The second signal, or a deadline, kills that. USR1 makes
/// the log more detailed, and the next USR1 as it was.
struct SignaledRun: Sendable {
    let service: any Service
    /// The time limit for completing running work.
    let deadline: Duration
    let timekeeper: Timekeeper
    let logger: Logger
    let levels: LogLevelSwitch
    /// Called at the first signal.
    var isEnding: @Sendable () -> Void = {}
    /// Kills running work; called again for each further signal.
    let stop: @Sendable () -> Void

    /// Runs the service until it has ended.
    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: EndingSignals.all)
        let toggles = await UnixSignalsSequence(trapping: .sigusr1)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger
            )
        )
        let ending = OneShotSignal()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                for await _ in signals {
                    if ending.hasFired { stop() } else { isEnding() }
                    ending.fire()
                    await group.triggerGracefulShutdown()
                }
            }
            tasks.addTask { for await _ in toggles { toggleLevel() } }
            tasks.addTask {
                await ending.wait()
                try await timekeeper.sleep(for: deadline)
                logger.warning("Running work has not ended within \(Int(deadline.inSeconds)) s, and is killed.")
                stop()
            }
            try await group.run()
            tasks.cancelAll()
        }
    }

    private func toggleLevel() {
        // Said while the log is detailed, as it is not shown otherwise.
        let before = levels.level
        if before == .debug { logger.notice("USR1: the log is as detailed as its level of the configuration says.") }
        if levels.toggle() == .debug { logger.notice("USR1: the log level is DEBUG until the next USR1.") }
    }
}
