import GRDB

/// The migrations after the first, in the order of their versions.
extension StoreSchema {
    /// Version 2: failed set-ups, and the health records of slaves.
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

    /// Adds the column for the leases of a subjob that is spread over several; empty for all others.
    static let addParts: Migration = { db in
        try db.execute(sql: "ALTER TABLE subjobs ADD COLUMN parts TEXT")
    }

    /// Version 4: place and time of the runs of atoms, and the commands of a build except its atoms.
    ///
    /// Earlier runs have no such values.
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

    /// Version 5: an index for the few events about slaves among the many about atoms.
    static let indexSlaveEvents: Migration = { db in
        try db.execute(
            sql: """
                CREATE INDEX events_of_slave ON events (json_extract(data, '$.slave_id'), id)
                WHERE tag IN (
                    'SLAVE_CONNECTED', 'SLAVE_LOST', 'SLAVE_QUARANTINED', 'SLAVE_SHUTDOWN', 'BUILD_SETUP_START',
                    'BUILD_SETUP_FINISH'
                )
                """
        )
    }

    /// Adds the column for the notes of an atom, a list in JSON; empty without notes.
    static let addNotes: Migration = { db in
        try db.execute(sql: "ALTER TABLE atoms ADD COLUMN notes TEXT")
    }

    /// Adds the attempts that do not count, with their outputs, and the failures of slaves that cannot run atoms.
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

    /// Adds the column for the notes of a build, a list in JSON; empty without notes.
    static let addBuildNotes: Migration = { db in
        try db.execute(sql: "ALTER TABLE requests ADD COLUMN notes TEXT")
    }

    /// Adds drained slaves, and their events to the index of events about slaves.
    static let addDrains: Migration = { db in
        try db.execute(
            sql: """
                ALTER TABLE slave_health ADD COLUMN is_drained INTEGER NOT NULL DEFAULT 0;
                DROP INDEX events_of_slave;
                CREATE INDEX events_of_slave ON events (json_extract(data, '$.slave_id'), id)
                WHERE tag IN (
                    'SLAVE_CONNECTED', 'SLAVE_LOST', 'SLAVE_QUARANTINED', 'SLAVE_SHUTDOWN', 'SLAVE_DRAINED',
                    'SLAVE_RESUMED', 'BUILD_SETUP_START', 'BUILD_SETUP_FINISH'
                )
                """
        )
    }

    /// Adds the column for the requester of a build; builds from before have none.
    static let addRequesters: Migration = { db in
        try db.execute(sql: "ALTER TABLE requests ADD COLUMN requester TEXT")
    }

    /// Adds the progress of notifications; builds from before have none.
    static let addNotifications: Migration = { db in
        try db.execute(
            sql: """
                CREATE TABLE notifications (
                    build_id INTEGER NOT NULL REFERENCES builds (id) ON DELETE CASCADE,
                    target TEXT NOT NULL,
                    settled INTEGER CHECK (settled BETWEEN 0 AND 6),
                    PRIMARY KEY (build_id, target)
                ) STRICT, WITHOUT ROWID;
                """
        )
    }

    /// Adds test cases: their names, which all builds of a job share, and their outcomes by build.
    ///
    /// Outcomes outlive their build, as history; failures do not.
    static let addCases: Migration = { db in
        try db.execute(
            sql: """
                ALTER TABLE atoms ADD COLUMN cases TEXT;
                CREATE TABLE case_names (
                    id INTEGER PRIMARY KEY,
                    job_id INTEGER NOT NULL REFERENCES timed_jobs (id),
                    name TEXT NOT NULL,
                    class TEXT NOT NULL,
                    file TEXT NOT NULL,
                    UNIQUE (job_id, name, class, file)
                ) STRICT;
                CREATE TABLE case_builds (
                    build_id INTEGER PRIMARY KEY,
                    job_id INTEGER NOT NULL REFERENCES timed_jobs (id),
                    commit_hash TEXT,
                    reported_at REAL NOT NULL,
                    total INTEGER NOT NULL,
                    failed INTEGER NOT NULL,
                    skipped INTEGER NOT NULL,
                    flaky INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX case_builds_of_job ON case_builds (job_id, build_id);
                CREATE TABLE cases (
                    build_id INTEGER NOT NULL REFERENCES case_builds (build_id) ON DELETE CASCADE,
                    subjob_id INTEGER NOT NULL,
                    atom_id INTEGER NOT NULL,
                    position INTEGER NOT NULL,
                    case_id INTEGER NOT NULL,
                    outcome INTEGER NOT NULL CHECK (outcome BETWEEN 0 AND 4),
                    seconds REAL,
                    slave_id INTEGER NOT NULL,
                    PRIMARY KEY (build_id, subjob_id, atom_id, position)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX cases_by_name ON cases (case_id, build_id);
                CREATE INDEX failed_cases ON cases (build_id, subjob_id, atom_id, position) WHERE outcome >= 2;
                CREATE TABLE case_failures (
                    build_id INTEGER NOT NULL REFERENCES builds (id) ON DELETE CASCADE,
                    subjob_id INTEGER NOT NULL,
                    atom_id INTEGER NOT NULL,
                    position INTEGER NOT NULL,
                    number INTEGER NOT NULL,
                    message TEXT,
                    type TEXT,
                    text TEXT,
                    UNIQUE (build_id, subjob_id, atom_id, position, number)
                ) STRICT;
                CREATE TABLE case_attempts (
                    build_id INTEGER NOT NULL REFERENCES builds (id) ON DELETE CASCADE,
                    subjob_id INTEGER NOT NULL,
                    atom_id INTEGER NOT NULL,
                    run INTEGER NOT NULL,
                    cases TEXT NOT NULL,
                    UNIQUE (build_id, subjob_id, atom_id, run)
                ) STRICT;
                """
        )
    }
}
