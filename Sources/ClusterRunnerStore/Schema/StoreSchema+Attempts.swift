import GRDB

extension StoreSchema {
    /// Adds the runs of atoms that do not count, with their outputs, and what slaves that cannot run atoms cost.
    static let addAttempts: Migration = { db in
        try db.execute(
            sql: """
                ALTER TABLE atoms ADD COLUMN obstructions INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE builds ADD COLUMN unrun_atoms INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE setup_failures ADD COLUMN stage INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE slave_health ADD COLUMN failed_runs TEXT NOT NULL DEFAULT '[]';
                CREATE TABLE attempts (
                    build_id INTEGER NOT NULL REFERENCES builds (id) ON DELETE CASCADE,
                    subjob_id INTEGER NOT NULL,
                    atom_id INTEGER NOT NULL,
                    number INTEGER NOT NULL,
                    exit_code INTEGER NOT NULL,
                    seconds REAL NOT NULL,
                    cause TEXT,
                    has_artifacts INTEGER NOT NULL,
                    console INTEGER NOT NULL,
                    is_obstructed INTEGER NOT NULL,
                    slave_id INTEGER,
                    executor INTEGER,
                    started_at REAL,
                    bytes BLOB,
                    notes TEXT,
                    UNIQUE (build_id, subjob_id, atom_id, number)
                ) STRICT;
                """
        )
    }
}
