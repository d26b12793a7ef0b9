import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// The stored records of the unfinished builds, read without the coordinator and the store.
///
/// A build that is missing here may still be in the store: it has ended, or has not changed since the start.
final class StoredRecords: Sendable {
    fileprivate struct Entry {
        /// Nil once the build has ended; the entry stays until no earlier decision about the build can arrive.
        let record: BuildRecord?
        let decision: Int
    }

    fileprivate struct State {
        var entries: [BuildID: Entry] = [:]
        /// The last decision up to which all were passed, in order.
        var passed = 0
    }

    private let state = Lock(State())

    /// The record of an unfinished build, if it is known.
    subscript(build: BuildID) -> BuildRecord? { state.withLock { $0.entries[build]?.record } }

    /// The builds with an entry, including ended ones.
    var remembered: [BuildID] { state.withLock { Array($0.entries.keys) } }

    /// Stores the records that a decision changed, once they are durable.
    ///
    /// Decisions are numbered in their order; the records of an earlier decision are ignored.
    func take(_ records: [BuildRecord], of decision: Int) {
        state.withLock { $0.take(records, of: decision) }
    }

    /// Stores the records of the next decision in order.
    func pass(_ records: [BuildRecord], of decision: Int) {
        state.withLock { state in
            state.take(records, of: decision)
            state.passed = decision
            for record in records where record.state.isFinal { state.entries[record.id] = nil }
        }
    }

    /// Forgets a build that a decision ended.
    func forget(build: BuildID, of decision: Int) {
        state.withLock { state in
            state.entries[build] = decision <= state.passed ? nil : Entry(record: nil, decision: decision)
        }
    }
}

extension StoredRecords.State {
    fileprivate mutating func take(_ records: [BuildRecord], of decision: Int) {
        for record in records where entries[record.id].map({ $0.decision < decision }) ?? true {
            entries[record.id] = .init(record: record.state.isFinal ? nil : record, decision: decision)
        }
    }
}
