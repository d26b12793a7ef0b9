import ClusterRunnerCore

/// The records of the unfinished builds as they are stored, so that reads of them need neither the coordinator nor the
/// store.
///
/// A build that is not here may still be in the store: it has ended, or nothing was decided about it since the start.
final class StoredRecords: Sendable {
    private struct Entry {
        let record: BuildRecord
        let decision: Int
    }

    private let entries = Lock<[Int: Entry]>([:])

    /// The record of an unfinished build, if it is known.
    subscript(build: Int) -> BuildRecord? { entries.withLock { $0[build]?.record } }

    /// Takes in the records that a decision changed, once they are stored.
    ///
    /// Decisions are numbered in their order; what an earlier one says of a build is passed over.
    func take(_ records: [BuildRecord], of decision: Int) {
        entries.withLock { entries in
            for record in records where entries[record.id].map({ $0.decision < decision }) ?? true {
                entries[record.id] = record.state.isFinal ? nil : Entry(record: record, decision: decision)
            }
        }
    }

    /// Forgets a build that is not unfinished any more.
    func forget(build: Int) {
        entries.withLock { $0[build] = nil }
    }
}
