import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerWire

/// The stored events after a given one.
///
/// Each read comes from the store, so nothing is lost between two reads, and a slow reader costs no memory.
struct EventFeed: Sendable {
    let store: any BuildStore
    let signal: EventSignal

    private static let pageSize = 500

    /// Reads the events after an id page by page, and waits for more at the end.
    private actor Cursor {
        private let store: any BuildStore
        private let wakeups: AsyncStream<Void>
        private var last: Int

        init(feed: EventFeed, after id: Int) {
            store = feed.store
            wakeups = feed.signal.listen()
            last = id
        }

        /// Returns the next page, never empty; nil when the service ends.
        func next() async throws -> [StoredEvent]? {
            while true {
                let events = try await store.events(after: last, since: nil, limit: EventFeed.pageSize)
                if let newest = events.last {
                    last = newest.id
                    return events
                }
                var iterator = wakeups.makeAsyncIterator()
                guard await iterator.next() != nil else { return nil }
            }
        }
    }

    /// Calls `body` with the events after an id, until the service ends.
    func follow(after id: Int, _ body: ([StoredEvent]) -> Void) async throws {
        let cursor = Cursor(feed: self, after: id)
        while let page = try await cursor.next() { body(page) }
    }

    /// Writes each event after an id as a line of JSON, until the surrounding task is canceled.
    ///
    /// `observe` gets the events before they are written, and `failed` the error when lines could not be written. They
    /// are tried again with the next stored event.
    func writeLog(
        to place: EventLogPlace,
        after id: Int,
        observe: ([StoredEvent]) -> Void = { _ in },
        failed: (any Error) -> Void = { _ in }
    ) async throws {
        let log = try EventLog(place)
        let retries = signal.listen()
        let cursor = Cursor(feed: self, after: id)
        while let page = try await cursor.next() {
            observe(page)
            var lines: [UInt8] = []
            for event in page {
                try EventRepresentation.append(event, to: &lines)
                lines.append(UInt8(ascii: "\n"))
            }
            guard try await write(lines, to: log, retries, failed) else { return }
        }
    }

    /// Writes lines and retries; returns false when the service ends before it worked.
    private func write(
        _ lines: [UInt8],
        to log: EventLog,
        _ retries: AsyncStream<Void>,
        _ failed: (any Error) -> Void
    ) async throws -> Bool {
        var iterator = retries.makeAsyncIterator()
        var hasFailed = false
        while true {
            do {
                try await log.append(lines)
                return true
            } catch {
                if !hasFailed { failed(error) }
                hasFailed = true
            }
            guard await iterator.next() != nil else { return false }
        }
    }
}
