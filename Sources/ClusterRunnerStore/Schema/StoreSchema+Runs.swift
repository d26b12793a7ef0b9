import GRDB

extension StoreSchema {
    /// Version 4: where and when atoms ran, and the commands of a build that are no atoms.
    ///
    /// What ran before has no such values, and shows none.
    static let addRuns: Migration = { db in
        try db.execute(
            sql: """
                ALTER TABLE atoms ADD COLUMN slave_id INTEGER;
                ALTER TABLE atoms ADD COLUMN executor INTEGER;
                ALTER TABLE atoms ADD COLUMN started_at REAL;
                CREATE TABLE build_commands (
                    id INTEGER PRIMARY KEY,
                    build_id INTEGER NOT NULL REFERENCES builds (id) ON DELETE CASCADE,
                    kind TEXT NOT NULL,
                    slave_id INTEGER,
                    slave_url TEXT,
                    command TEXT NOT NULL,
                    exit_code INTEGER,
                    output TEXT NOT NULL,
                    started_at REAL NOT NULL,
                    seconds REAL NOT NULL
                ) STRICT;
                CREATE INDEX commands_of_build ON build_commands (build_id, id);
                """
        )
    }
}
