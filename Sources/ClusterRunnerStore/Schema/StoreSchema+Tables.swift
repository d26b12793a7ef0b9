import GRDB

extension StoreSchema {
    /// Version 1: all tables.
    ///
    /// `state`, `result` and `console` are numbers, see ``StoredCase``. Everything of a build refers to it, so that
    /// rows of an unknown build are refused and a removed build takes all its rows along.
    static let createTables: Migration = { db in
        try db.execute(sql: builds + subjobs + atoms + timings + events)
    }

    // Columns that change with every result are separate from those of the request, which can be megabytes.
    private static let builds = """
        CREATE TABLE builds (
            id INTEGER PRIMARY KEY,
            project_id TEXT,
            job_name TEXT,
            state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 6),
            result INTEGER CHECK (result BETWEEN 0 AND 1),
            error_message TEXT,
            subjobs INTEGER,
            atoms INTEGER,
            completed_subjobs INTEGER NOT NULL,
            completed_atoms INTEGER NOT NULL,
            failed_atoms INTEGER NOT NULL,
            flaky_atoms INTEGER NOT NULL,
            executors_given INTEGER NOT NULL,
            queued_at REAL,
            preparing_at REAL,
            prepared_at REAL,
            building_at REAL,
            finished_at REAL,
            error_at REAL,
            canceled_at REAL
        ) STRICT;
        CREATE TABLE requests (
            build_id INTEGER PRIMARY KEY REFERENCES builds (id) ON DELETE CASCADE,
            project_type TEXT NOT NULL,
            parameters TEXT NOT NULL,
            job TEXT,
            slave_parameters TEXT
        ) STRICT;

        """

    private static let subjobs = """
        CREATE TABLE subjobs (
            build_id INTEGER NOT NULL REFERENCES builds (id) ON DELETE CASCADE,
            id INTEGER NOT NULL,
            atom_count INTEGER NOT NULL,
            state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
            slave_id INTEGER,
            slave_url TEXT,
            lease INTEGER,
            attempts INTEGER NOT NULL,
            lost_slaves TEXT,
            PRIMARY KEY (build_id, id)
        ) STRICT, WITHOUT ROWID;

        """

    // Console output has a table with row ids, whose inner pages hold keys only: output of some KB in the tree of the
    // atoms would make every list of atoms read it.
    private static let atoms = """
        CREATE TABLE atoms (
            build_id INTEGER NOT NULL REFERENCES builds (id) ON DELETE CASCADE,
            subjob_id INTEGER NOT NULL,
            id INTEGER NOT NULL,
            variable TEXT NOT NULL,
            value TEXT NOT NULL,
            state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
            attempts INTEGER NOT NULL,
            expected_time REAL,
            exit_code INTEGER,
            seconds REAL,
            cause TEXT,
            has_artifacts INTEGER,
            console INTEGER,
            PRIMARY KEY (build_id, subjob_id, id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX failed_atoms ON atoms (build_id, subjob_id, id) WHERE exit_code <> 0 OR cause IS NOT NULL;
        CREATE INDEX repeated_atoms ON atoms (build_id, subjob_id, id) WHERE attempts > 1;
        CREATE TABLE consoles (
            build_id INTEGER NOT NULL REFERENCES builds (id) ON DELETE CASCADE,
            subjob_id INTEGER NOT NULL,
            atom_id INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            UNIQUE (build_id, subjob_id, atom_id)
        ) STRICT;

        """

    // One row per atom, with a column for each of its ten stored runs: nothing has to be trimmed.
    private static let timings = """
        CREATE TABLE timed_jobs (
            id INTEGER PRIMARY KEY,
            project_id TEXT NOT NULL,
            job_name TEXT NOT NULL,
            UNIQUE (project_id, job_name)
        ) STRICT;
        CREATE TABLE timings (
            job_id INTEGER NOT NULL REFERENCES timed_jobs (id),
            variable TEXT NOT NULL,
            value TEXT NOT NULL,
            run1 REAL NOT NULL, run2 REAL, run3 REAL, run4 REAL, run5 REAL,
            run6 REAL, run7 REAL, run8 REAL, run9 REAL, run10 REAL,
            PRIMARY KEY (job_id, variable, value)
        ) STRICT, WITHOUT ROWID;

        """

    private static let events = """
        CREATE TABLE events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            tag TEXT NOT NULL,
            timestamp REAL NOT NULL,
            data TEXT NOT NULL
        ) STRICT;
        CREATE INDEX events_by_time ON events (timestamp);
        CREATE TABLE counters (
            name TEXT PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
