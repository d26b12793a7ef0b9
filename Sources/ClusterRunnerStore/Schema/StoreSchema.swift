import GRDB

/// The steps that make the tables, one for each version of the database.
struct StoreSchema: Sendable {
    /// One step: from the version before it to its own.
    typealias Migration = @Sendable (Database) throws -> Void

    /// The steps from an empty file to ``version``.
    ///
    /// Steps that were released are never changed; a new one goes to the end.
    let migrations: [Migration]

    /// The version the last step leads to, kept in the file as `user_version`.
    var version: Int { migrations.count }

    /// The schema of this ClusterRunner.
    static let current = Self(migrations: [
        createTables, createFailureTables, addParts, addRuns, indexSlaveEvents, addNotes, addAttempts, addBuildNotes,
    ])

    /// Brings a database that is not newer than this schema up to it, each step in its own transaction.
    func migrate(_ database: any DatabaseWriter) throws {
        var migrator = DatabaseMigrator()
        for (version, migrate) in zip(1..., migrations) {
            migrator.registerMigration("v\(version)") { db in
                try migrate(db)
                try db.execute(sql: "PRAGMA user_version = \(version)")
            }
        }
        try migrator.migrate(database)
    }
}
