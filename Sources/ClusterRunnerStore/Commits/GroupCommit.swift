import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import GRDB
import Logging

/// Group commit: all changes that are queued during one transaction form the next.
///
/// A disk makes a few hundred transactions durable in a second, whatever their size; grouping turns that into many
/// thousand changes.
///
/// Changes that the file refuses wait until it accepts them, and all later ones wait behind them: a full disk, a
/// used-up quota, a failing disk and another program's lock lose nothing. A call fails only for a fault of its own.
final class GroupCommit: Sendable {
    /// The changes of one call, which succeed or fail together.
    private struct Batch {
        let changes: [StoreChange]
        let outcome = OneShotResult<Void>()
    }

    private struct Queue {
        var waiting: [Batch] = []
        /// Whether a transaction is running or scheduled.
        var isBusy = false
        var isClosed = false
        /// The reason why the last transaction waits; nil when none does.
        var obstacle: ClusterRunnerError?
    }

    private let database: any DatabaseWriter
    private let name: StoreName
    private let pause: CommitPause
    private let logger: Logger?
    private let queue = Lock(Queue())
    // Used on the database's writer queue only, so its lock is never contended.
    private let writer = Lock(ChangeWriter())
    private let observer = Lock<(@Sendable (Duration) -> Void)?>(nil)

    /// Creates the group commit of a database.
    init(_ database: any DatabaseWriter, name: StoreName, pause: CommitPause, logger: Logger?) {
        self.database = database
        self.name = name
        self.pause = pause
        self.logger = logger
    }

    /// The reason why changes wait; nil when they do not.
    var obstacle: ClusterRunnerError? { queue.withLock { $0.obstacle } }

    /// Reports the duration of each further transaction, until the file has the changes or has refused them.
    func observe(_ observer: @escaping @Sendable (Duration) -> Void) {
        self.observer.withLock { $0 = observer }
    }

    /// Queues changes after all earlier ones.
    func enqueue(_ changes: [StoreChange]) -> StoreTicket {
        let batch = Batch(changes: changes)
        // A ticket may be kept long after the changes are written; it must not retain them.
        let outcome = batch.outcome
        let (isClosed, mustStart) = queue.withLock { queue in
            guard !queue.isClosed else { return (true, false) }
            defer { queue.isBusy = true }
            queue.waiting.append(batch)
            return (false, !queue.isBusy)
        }
        if isClosed { outcome.decide(.failure(name.closedError)) }
        if mustStart { scheduleNext() }
        return StoreTicket { try await outcome.value() }
    }

    /// Writes the queued changes and refuses later ones; changes that the file refuses now fail.
    func close() {
        queue.withLock { $0.isClosed = true }
        database.writeWithoutTransaction { db in
            let group = takeWaiting()
            decide(group, write(group, to: db))
        }
    }

    // One transaction per turn of the writer queue, so that reads of a database in memory get their turns too.
    private func scheduleNext() {
        database.asyncWriteWithoutTransaction { [self] db in
            let group = takeWaiting()
            let results = write(group, to: db)
            if let error = results.lazy.compactMap(\.obstacle).first { return wait(with: group, error) }
            obstacleIsGone()
            decide(group, results)
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

    private func write(_ group: [Batch], to db: Database) -> [Result<Void, any Error>] {
        guard !group.isEmpty else { return [] }
        let start = ContinuousClock.now
        let results = writer.withLock { writer in
            Self.write(group.map(\.changes), with: &writer, to: db)
        }
        observer.withLock { $0 }?(start.duration(to: .now))
        return results
    }

    private func decide(_ group: [Batch], _ results: [Result<Void, any Error>]) {
        for (batch, result) in zip(group, results) { batch.outcome.decide(result.mapError { reported($0) }) }
    }

    private func reported(_ error: any Error) -> ClusterRunnerError {
        let error = name.error("write to", error)
        logger?.error("Changes were not written.", metadata: ["error": "\(error)"])
        return error
    }
}

// MARK: Obstacles

extension GroupCommit {
    /// Puts changes back at the head of the queue, and retries after a pause.
    private func wait(with group: [Batch], _ error: DatabaseError) {
        let error = name.error("write to", error)
        let isNew = queue.withLock { queue in
            queue.waiting.insert(contentsOf: group, at: 0)
            defer { queue.obstacle = error }
            return queue.obstacle?.message != error.message
        }
        if isNew { logger?.error("\(error.message) Until then all changes wait.") }
        pause.begin { [weak self] in self?.scheduleNext() }
    }

    private func obstacleIsGone() {
        let hasWaited = queue.withLock { queue in
            defer { queue.obstacle = nil }
            return queue.obstacle != nil
        }
        if hasWaited { logger?.notice("Changes are written to \(name) again.") }
    }
}

extension Result<Void, any Error> {
    /// The error, if the file refused the changes for a reason of its own: they may succeed later.
    fileprivate var obstacle: DatabaseError? {
        guard case .failure(let error as DatabaseError) = self, !error.isFaultOfChanges else { return nil }
        return error
    }
}

extension DatabaseError {
    /// Whether the changes themselves are wrong, so that they would fail again.
    fileprivate var isFaultOfChanges: Bool {
        switch resultCode {
        case .SQLITE_CONSTRAINT, .SQLITE_ERROR, .SQLITE_MISMATCH, .SQLITE_MISUSE, .SQLITE_RANGE, .SQLITE_TOOBIG: true
        default: false
        }
    }
}

// MARK: Transactions

extension GroupCommit {
    /// Writes the changes of several calls in one transaction; returns the outcome of each.
    ///
    /// Savepoints would cost every group a copy of each page it touches. They are used only after a group has failed
    /// without them; then only the calls at fault fail.
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
            // No call is at fault when the file refuses all.
            let failure = Result<Void, any Error>.failure(error)
            if failure.obstacle != nil { return group.map { _ in failure } }
            return group.count == 1 ? [failure] : writeApart(group, with: &writer, to: db)
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
            // A call at fault keeps its own error.
            return group.indices.map { index in
                guard index < results.count, case .failure = results[index] else { return .failure(error) }
                return results[index]
            }
        }
    }

    /// - Throws: an error that is no call's fault, or that ended the whole transaction.
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
            let failure = Result<Void, any Error>.failure(error)
            guard db.isInsideTransaction, failure.obstacle == nil else { throw error }
            return failure
        }
    }
}
