import ClusterRunnerCore
import GRDB
import Logging

/// Turns queued changes into transactions: all that is queued while one runs becomes the next.
///
/// A disk makes a few hundred transactions durable in a second, whatever their size; grouping makes that many thousand
/// changes.
final class GroupCommit: Sendable {
    /// The changes of one call, which succeed or fail together.
    private struct Batch {
        let changes: [StoreChange]
        let outcome = CommitOutcome()
    }

    private struct Queue {
        var waiting: [Batch] = []
        /// Whether a transaction is running or will run.
        var isBusy = false
        var isClosed = false
    }

    private let database: any DatabaseWriter
    private let name: StoreName
    private let logger: Logger?
    private let queue = Lock(Queue())
    // Used by the database's writer queue alone, so it never waits.
    private let writer = Lock(ChangeWriter())

    /// Creates the group commit of a database.
    init(_ database: any DatabaseWriter, name: StoreName, logger: Logger?) {
        self.database = database
        self.name = name
        self.logger = logger
    }

    /// Queues changes after all that were queued before.
    func enqueue(_ changes: [StoreChange]) -> StoreTicket {
        let batch = Batch(changes: changes)
        let (isClosed, mustStart) = queue.withLock { queue in
            guard !queue.isClosed else { return (true, false) }
            defer { queue.isBusy = true }
            queue.waiting.append(batch)
            return (false, !queue.isBusy)
        }
        if isClosed { batch.outcome.decide(.failure(name.closedError)) }
        if mustStart { scheduleNext() }
        return StoreTicket { try await batch.outcome.wait() }
    }

    /// Writes what is queued and refuses all that follows.
    func close() {
        queue.withLock { $0.isClosed = true }
        database.writeWithoutTransaction { db in commit(takeWaiting(), to: db) }
    }

    // One transaction per turn of the writer queue, so that reads of a database in memory get their turns too.
    private func scheduleNext() {
        database.asyncWriteWithoutTransaction { [self] db in
            commit(takeWaiting(), to: db)
            let isMoreWaiting = queue.withLock { queue in
                queue.isBusy = !queue.waiting.isEmpty
                return queue.isBusy
            }
            if isMoreWaiting { scheduleNext() }
        }
    }

    private func takeWaiting() -> [Batch] {
        queue.withLock { queue in
            defer { queue.waiting = [] }
            return queue.waiting
        }
    }

    private func commit(_ group: [Batch], to db: Database) {
        guard !group.isEmpty else { return }
        let results = writer.withLock { writer in
            Self.write(group.map(\.changes), with: &writer, to: db)
        }
        for (batch, result) in zip(group, results) { batch.outcome.decide(result.mapError(reported)) }
    }

    private func reported(_ error: any Error) -> ClusterRunnerError {
        let error = name.error("write to", error)
        logger?.error("Changes were not written.", metadata: ["error": "\(error)"])
        return error
    }
}

extension GroupCommit {
    /// What became of the changes of each call, in one transaction.
    ///
    /// Savepoints would cost every group a copy of each page it touches, so they are used only for a group that failed
    /// without: then the calls that are at fault fail alone.
    private static func write(
        _ group: [[StoreChange]],
        with writer: inout ChangeWriter,
        to db: Database
    ) -> [Result<Void, any Error>] {
        do {
            try db.inTransaction(.immediate) {
                for changes in group { try writer.write(changes, to: db) }
                return .commit
            }
            return group.map { _ in .success(()) }
        } catch {
            writer.forget()
            return group.count == 1 ? [.failure(error)] : writeApart(group, with: &writer, to: db)
        }
    }

    private static func writeApart(
        _ group: [[StoreChange]],
        with writer: inout ChangeWriter,
        to db: Database
    ) -> [Result<Void, any Error>] {
        var results: [Result<Void, any Error>] = []
        do {
            try db.inTransaction(.immediate) {
                for changes in group { results.append(try writeAlone(changes, with: &writer, to: db)) }
                return .commit
            }
            return results
        } catch {
            writer.forget()
            // A call that was at fault itself keeps its own error.
            return group.indices.map { index in
                guard index < results.count, case .failure = results[index] else { return .failure(error) }
                return results[index]
            }
        }
    }

    /// - Throws: the error that ended the whole transaction, as a full disk may.
    private static func writeAlone(
        _ changes: [StoreChange],
        with writer: inout ChangeWriter,
        to db: Database
    ) throws -> Result<Void, any Error> {
        do {
            try db.inSavepoint {
                try writer.write(changes, to: db)
                return .commit
            }
            return .success(())
        } catch {
            writer.forget()
            guard db.isInsideTransaction else { throw error }
            return .failure(error)
        }
    }
}
