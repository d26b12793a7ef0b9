/// The pace of failed attempts by address: after a few, each further failure doubles the wait for the next attempt.
package struct AttemptPace: Sendable {
    private struct Record {
        var failures: Int
        var blockedUntil: Duration
    }

    private var records: [String: Record] = [:]

    /// The failures that cost no wait, because people mistype.
    private static let free = 3
    private static let longest = 60
    /// The maximum number of remembered addresses; those that may try again soonest are forgotten first.
    private static let most = 10_000

    /// Creates a pace without attempts.
    package init() {}

    /// Returns the seconds that an address must still wait; nil when it may try.
    package func wait(for address: String, at now: Duration) -> Int? {
        guard let record = records[address], record.blockedUntil > now else { return nil }
        return Int((record.blockedUntil - now).components.seconds) + 1
    }

    /// Records a failed attempt from an address.
    package mutating func failed(from address: String, at now: Duration) {
        let failures = (records[address]?.failures ?? 0) + 1
        let wait = failures < Self.free ? 0 : min(Self.longest, 1 << min(failures - Self.free, 6))
        if records.count >= Self.most, records[address] == nil { forget(at: now) }
        records[address] = Record(failures: failures, blockedUntil: now + .seconds(wait))
    }

    /// Records a successful attempt from an address.
    package mutating func succeeded(from address: String) {
        records[address] = nil
    }

    private mutating func forget(at now: Duration) {
        records = records.filter { $0.value.blockedUntil > now }
        guard records.count >= Self.most else { return }
        if let first = records.min(by: { $0.value.blockedUntil < $1.value.blockedUntil }) { records[first.key] = nil }
    }
}
