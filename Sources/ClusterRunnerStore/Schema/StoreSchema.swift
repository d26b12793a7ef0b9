import GRDB

/// The migrations that make the tables, one for each version of the database.
struct StoreSchema: Sendable {
    /// A migration from the previous version to its own.
    typealias Migration = @Sendable (Database) throws -> Void

    /// The migrations from an empty file to ``version``.
    ///
    /// Released migrations are never changed; a new one goes to the end.
    let migrations: [Migration]

    /// The version after the last migration, stored in the file as `user_version`.
    var version: Int { migrations.count }

    /// The current schema.
    static let current = Self(migrations: [
        createTables, createFailureTables, addParts, addRuns, indexSlaveEvents, addNotes, addAttempts, addBuildNotes,
        addNotifications, addDrains, addRequesters, addCases,
    ])

    /// Migrates a database that is not newer than this schema, each step in its own transaction.
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
