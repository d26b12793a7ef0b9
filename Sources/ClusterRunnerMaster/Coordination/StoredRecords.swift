import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// The records of the unfinished builds as they are stored, so that reads of them need neither the coordinator nor the
/// store.
///
/// A build that is not here may still be in the store: it has ended, or nothing was decided about it since the start.
final class StoredRecords: Sendable {
    fileprivate struct Entry {
        /// Nil once the build has ended; kept until no earlier decision about it can come any more.
        let record: BuildRecord?
        let decision: Int
    }

    fileprivate struct State {
        var entries: [Int: Entry] = [:]
        /// Up to which decision all have been passed on, in their order.
        var passed = 0
    }

    private let state = Lock(State())

    /// The record of an unfinished build, if it is known.
    subscript(build: Int) -> BuildRecord? { state.withLock { $0.entries[build]?.record } }

    /// The builds of which something is kept, ended ones too.
    var remembered: [Int] { state.withLock { Array($0.entries.keys) } }

    /// Takes in the records that a decision changed, once they are stored.
    ///
    /// Decisions are numbered in their order; what an earlier one says of a build is passed over.
    func take(_ records: [BuildRecord], of decision: Int) {
        state.withLock { $0.take(records, of: decision) }
    }

    /// Takes in the records of the next decision in order.
    func pass(_ records: [BuildRecord], of decision: Int) {
        state.withLock { state in
            state.take(records, of: decision)
            state.passed = decision
            for record in records where record.state.isFinal { state.entries[record.id] = nil }
        }
    }

    /// Forgets a build that is not unfinished any more, as a decision found it.
    func forget(build: Int, of decision: Int) {
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
