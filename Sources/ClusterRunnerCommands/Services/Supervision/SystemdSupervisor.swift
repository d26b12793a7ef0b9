import ClusterRunnerConcurrency
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import Logging

/// The supervisor of a service that systemd has started.
///
/// It gives systemd a sign of life only after a probe was answered.
final class SystemdSupervisor: ServiceSupervisor {
    private let report = Lock(SystemdReport())
    /// The time between two probes, and the longest one of a probe; nil without a watchdog.
    ///
    /// A probe that is canceled for its duration has a successor before the time of the watchdog is over.
    private let interval: Duration?
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let send: @Sendable (String) -> Void

    /// Creates a supervisor that sends messages through a closure.
    init(
        watchdog: Duration?,
        timekeeper: Timekeeper,
        logger: Logger,
        send: @escaping @Sendable (String) -> Void
    ) {
        // An absurdly short watchdog must not keep the service busy with probes.
        interval = watchdog.map { max($0 / 4, .milliseconds(10)) }
        self.timekeeper = timekeeper
        self.logger = logger
        self.send = send
    }

    func ready(_ status: String) { tell { $0.ready(status) } }

    func report(_ status: String) { tell { $0.report(status) } }

    func ending(within limit: Duration) { tell { $0.ending(within: limit) } }

    func watch(_ probe: @escaping @Sendable () async throws -> String?) async {
        guard let interval else { return }
        do {
            while true {
                await examine(probe, within: interval)
                try await timekeeper.sleep(for: interval)
            }
        } catch {}  // The surrounding task was canceled.
    }

    /// Waits for the answer to a probe, and tells systemd of it; cancels the probe after a time limit.
    private func examine(_ probe: @escaping @Sendable () async throws -> String?, within limit: Duration) async {
        switch await answer(to: probe, within: limit) {
        case .success(let status): tell { $0.answered(status) }
        case .failure(is CancellationError), nil: break  // It took too long, or the service ends.
        case .failure(let error): failed("The service cannot work: \(error)")
        }
    }

    private func answer(
        to probe: @escaping @Sendable () async throws -> String?,
        within limit: Duration
    ) async -> Result<String?, any Error>? {
        await withTaskGroup(of: Result<String?, any Error>?.self) { group in
            group.addTask {
                do { return .success(try await probe()) } catch { return .failure(error) }
            }
            group.addTask { [timekeeper] in
                // Canceled when the probe was answered.
                try? await timekeeper.sleep(for: limit)
                return nil
            }
            var answer: Result<String?, any Error>?
            while let ended = await group.next() {
                if let ended {
                    answer = ended
                } else if answer == nil, !Task.isCancelled {
                    failed("The service has not answered for \(limit.inSeconds) s.")
                }
                group.cancelAll()
            }
            return answer
        }
    }

    private func failed(_ sentence: String) {
        logger.error("\(sentence) systemd gets no sign of life until it does.")
        tell { $0.failed(sentence) }
    }

    /// Sends the message of an event.
    ///
    /// The lock keeps the order of messages that of the events.
    private func tell(_ event: (inout SystemdReport) -> String?) {
        report.withLock { report in
            if let message = event(&report) { send(message) }
        }
    }
}

extension Composition {
    /// Makes the supervisor of a service of this process.
    func supervisor(timekeeper: Timekeeper = .system(), logger: Logger) -> any ServiceSupervisor {
        let systemd = SystemdVariables(variables)
        for fault in systemd.faults { logger.warning("\(fault)") }
        guard let address = systemd.socket else { return NoSupervisor() }
        let socket = SystemdSocket(address, isTemporary: systemd.isSocketTemporary, logger: logger)
        return SystemdSupervisor(watchdog: systemd.watchdog, timekeeper: timekeeper, logger: logger) {
            socket.send($0)
        }
    }
}
