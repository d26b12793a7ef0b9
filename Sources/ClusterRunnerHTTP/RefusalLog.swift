import ClusterRunnerConcurrency
import Logging

/// The log of requests with a wrong digest or signature, limited to one line per address and interval.
final class RefusalLog: Sendable {
    private struct Record {
        var loggedAt: Duration
        var hidden = 0
    }

    private let records = Lock([String: Record]())
    private let timekeeper: Timekeeper

    private static let pause = Duration.seconds(10)
    private static let most = 1_000

    init(timekeeper: Timekeeper) {
        self.timekeeper = timekeeper
    }

    /// Logs a refusal, unless one of the same address was logged a moment ago.
    func add(_ sentence: String, from address: String, to logger: Logger) {
        let now = timekeeper.now.uptime
        let hidden = records.withLock { records -> Int? in
            if let record = records[address], now - record.loggedAt < Self.pause {
                records[address]?.hidden += 1
                return nil
            }
            if records.count >= Self.most { records = [:] }
            return records.updateValue(Record(loggedAt: now), forKey: address)?.hidden ?? 0
        }
        guard let hidden else { return }
        let more = hidden > 0 ? " (\(hidden) more since the last line of this address)" : ""
        logger.warning("A request from \(address) was refused: \(sentence)\(more)")
    }
}
