import GRDB

extension StoreSchema {
    /// Version 2: the set-ups that failed, and what speaks against slaves.
    static let createFailureTables: Migration = { db in
        try db.execute(
            sql: """
                CREATE TABLE setup_failures (
                    id INTEGER PRIMARY KEY,
                    build_id INTEGER NOT NULL REFERENCES builds (id) ON DELETE CASCADE,
                    slave_id INTEGER NOT NULL,
                    slave_url TEXT NOT NULL,
                    reason TEXT NOT NULL
                ) STRICT;
                CREATE INDEX setup_failures_of_build ON setup_failures (build_id, id);
                CREATE TABLE slave_health (
                    url TEXT PRIMARY KEY,
                    failed_setups TEXT NOT NULL,
                    last_pause REAL,
                    quarantined_until REAL,
                    changed_at REAL NOT NULL
                ) STRICT, WITHOUT ROWID;
                """
        )
    }
}
