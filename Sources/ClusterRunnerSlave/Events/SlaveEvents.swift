import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire
import Logging

/// The slave's own events, written as lines of its event log.
///
/// Recording never waits: lines stay in memory until the log takes them. Beyond a limit, events are dropped and
/// counted. Numbers begin at 1 with each start of the slave.
final class SlaveEvents: Sendable {
    private struct State {
        var lastID = 0
        var lines: [UInt8] = []
        var dropped = 0
    }

    private let place: EventLogPlace?
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let limit: Int
    private let state = Lock(State())
    private let wakeups: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// The maximum bytes of waiting lines.
    static let mostWaiting = 4 << 20

    /// Creates the events of a slave; without a place, nothing is recorded.
    init(place: EventLogPlace?, timekeeper: Timekeeper, logger: Logger, limit: Int = SlaveEvents.mostWaiting) {
        self.place = place
        self.timekeeper = timekeeper
        self.logger = logger
        self.limit = limit
        (wakeups, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Records an event at the current time.
    func record(_ tag: EventTag, _ data: @autoclosure () -> [String: JSONValue]) {
        guard place != nil else { return }
        let record = EventRecord(tag: tag.rawValue, timestamp: timekeeper.now.wall, data: data())
        let isFirstDropped = state.withLock { state in
            guard state.lines.count < limit else {
                state.dropped += 1
                return state.dropped == 1
            }
            state.lastID += 1
            // Only non-finite numbers cannot be encoded, and events contain none.
            if let event = try? StoredEvent(record, id: state.lastID), let line = try? EventRepresentation.json(event) {
                state.lines += line + [UInt8(ascii: "\n")]
            }
            return false
        }
        if isFirstDropped { logger.error("Too many events wait for the event log; further ones are dropped.") }
        continuation.yield()
    }
}

// MARK: Writing

extension SlaveEvents {
    /// Writes the events that are recorded while the body runs.
    ///
    /// - Throws: the body's error, or before it begins ``ClusterRunnerError`` when the log cannot be written at all.
    func write(_ body: () async throws -> Void) async throws {
        guard let place else { return try await body() }
        let log = try EventLog(place)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.write(to: log) }
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            continuation.finish()
            try await group.waitForAll()
            try result.get()
        }
    }

    /// Writes lines until the last event is recorded; failed lines are retried together with the next ones.
    private func write(to log: EventLog) async {
        var refused: [UInt8] = []
        var hasFailed = false
        for await _ in wakeups {
            do {
                try await append(&refused, to: log)
                if hasFailed { logger.notice("The event log is written again.") }
                hasFailed = false
            } catch {
                if !hasFailed { logger.error("\(error) Its lines wait until that works again.") }
                hasFailed = true
            }
        }
        // The last event may have come after the last wake-up was taken.
        do { try await append(&refused, to: log) } catch { logger.error("The event log is not complete: \(error)") }
    }

    private func append(_ refused: inout [UInt8], to log: EventLog) async throws {
        if !refused.isEmpty { try await log.append(refused) }
        let (lines, dropped) = state.withLock { state in
            defer { (state.lines, state.dropped) = ([], 0) }
            return (state.lines, state.dropped)
        }
        refused = lines
        if dropped > 0 { logger.error("\(dropped) events are missing in the event log.") }
        if !lines.isEmpty { try await log.append(lines) }
        refused = []
    }
}
