package import ClusterRunnerDomain
package import ClusterRunnerPlugin
import GRDB
package import Logging

/// A build store in SQLite, in a file or in memory.
///
/// Changes survive the end of the process and of the machine: each transaction is synced to the disk before its tickets
/// complete. Reads of a file run concurrently with transactions, each on a snapshot of the data that was durable when
/// it began.
package final class SQLiteBuildStore: BuildStore {
    /// A pool for a file, a single connection for memory.
    let database: any DatabaseWriter
    private let commits: GroupCommit
    private let name: StoreName

    /// Opens a database, and creates it together with its directory where it is missing.
    ///
    /// A file of an older version is copied to `PATH.backup-vN` and migrated. Only one process may use a path at a
    /// time; the store does not check that.
    ///
    /// - Throws: ``ClusterRunnerError`` that names the file, when it cannot be opened, is not a store, or was written
    ///   by a newer version.
    package convenience init(path: String, logger: Logger? = nil) throws {
        try self.init(path: path, schema: .current, logger: logger)
    }

    package var obstacle: ClusterRunnerError? { commits.obstacle }

    package func observeCommits(_ observer: @escaping @Sendable (Duration) -> Void) { commits.observe(observer) }

    /// Creates an empty database that lives as long as the store.
    package static func inMemory() throws -> SQLiteBuildStore {
        try inMemory(schema: .current)
    }

    /// Opens a database with another schema or another pause.
    convenience init(
        path: String,
        schema: StoreSchema,
        pause: CommitPause = .system,
        logger: Logger? = nil
    ) throws {
        let name = StoreName(path: path)
        do {
            try DatabaseFile(path: path).prepare(for: schema, logger: logger)
            let pool = try DatabasePool(path: path, configuration: .store)
            try pool.writeWithoutTransaction(Self.tuneWriter)
            try schema.migrate(pool)
            self.init(database: pool, name: name, pause: pause, logger: logger)
        } catch {
            throw name.error("open", error, isOpen: false)
        }
    }

    /// Creates an empty database with another schema.
    static func inMemory(schema: StoreSchema) throws -> SQLiteBuildStore {
        do {
            let queue = try DatabaseQueue(configuration: .store)
            try schema.migrate(queue)
            return SQLiteBuildStore(database: queue, name: .memory, pause: .system, logger: nil)
        } catch {
            throw StoreName.memory.error("open", error, isOpen: false)
        }
    }

    private init(database: any DatabaseWriter, name: StoreName, pause: CommitPause, logger: Logger?) {
        self.database = database
        self.name = name
        commits = GroupCommit(database, name: name, pause: pause, logger: logger)
    }

    /// Writes the queued changes and closes the database.
    ///
    /// Blocks until the last transaction and the running reads have ended. Later changes and reads fail; further calls
    /// do nothing.
    ///
    /// - Throws: ``ClusterRunnerError`` when SQLite could not close it.
    package func close() throws {
        commits.close()
        do {
            try database.close()
        } catch {
            throw name.error("close", error)
        }
    }

    package func enqueue(_ changes: [StoreChange]) -> StoreTicket {
        commits.enqueue(changes)
    }

    /// Reads a snapshot; a canceled task's read is interrupted.
    func read<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await database.read(body)
        } catch let error as CancellationError {
            throw error
        } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT && Task.isCancelled {
            throw CancellationError()
        } catch {
            throw name.error("read", error)
        }
    }

    // A pool sets `synchronous` to NORMAL when it opens, which loses the last transactions in a power failure.
    private static func tuneWriter(_ db: Database) throws {
        try db.execute(sql: "PRAGMA synchronous = FULL")
        // A lock that is held for longer is an obstacle, which is reported; changes wait for it all the same.
        try db.execute(sql: "PRAGMA busy_timeout = 1000")
        // Holds the pages that the results of a large build touch repeatedly.
        try db.execute(sql: "PRAGMA cache_size = -16384")
        // Truncates the log after a large transaction.
        try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
    }
}
