import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import GRDB

extension BuildRecord {
    /// Writes everything except the request, see ``BuildRequest``.
    func write(to db: Database) throws {
        try SQLStatement(Self.upsert, in: db)
            .run(
                id,
                projectID,
                jobName,
                state,
                result,
                errorMessage,
                progress.subjobs,
                progress.atoms,
                progress.completedSubjobs,
                progress.completedAtoms,
                progress.failedAtoms,
                progress.flakyAtoms,
                progress.unrunAtoms,
                executorsGiven,
                timestamps[.queued],
                timestamps[.preparing],
                timestamps[.prepared],
                timestamps[.building],
                timestamps[.finished],
                timestamps[.error],
                timestamps[.canceled]
            )
    }

    /// Reads one build.
    static func read(_ id: BuildID, from db: Database) throws -> Self? {
        try SQLStatement(select + "WHERE id = ?", in: db).rows(id, read: Self.init).first
    }

    /// Reads the builds of a query.
    ///
    /// There is no index on states: retention keeps the table small.
    static func read(_ query: BuildQuery, from db: Database) throws -> [Self] {
        // A bit for each state, so that one statement serves all sets of states.
        let states = query.states.map { $0.reduce(0) { mask, state in mask | 1 << state.number } } ?? -1
        let order = query.newestFirst ? "DESC" : "ASC"
        return try SQLStatement(select + "WHERE ? >> state & 1 ORDER BY id \(order) LIMIT ? OFFSET ?", in: db)
            .rows(states, query.page.limit ?? -1, query.page.offset, read: Self.init)
    }

    /// Reads the columns that ``select`` lists.
    init(_ row: inout SQLRow) throws {
        try self.init(
            id: row.next(),
            projectType: row.next(),
            parameters: JSONText.decode(from: row.next()),
            projectID: row.next(),
            jobName: row.next(),
            job: row.next(String?.self).map { try JSONText.decode(from: $0) },
            slaveParameters: row.next(String?.self).map { try JSONText.decode(from: $0) },
            notes: row.next(String?.self).map { try JSONText.decode(from: $0) } ?? [],
            executorsGiven: row.next(),
            state: row.next(),
            result: row.next(),
            errorMessage: row.next(),
            timestamps: Self.timestamps(&row),
            progress: BuildProgress(
                subjobs: row.next(),
                atoms: row.next(),
                completedSubjobs: row.next(),
                completedAtoms: row.next(),
                failedAtoms: row.next(),
                flakyAtoms: row.next(),
                unrunAtoms: row.next()
            )
        )
    }

    private static func timestamps(_ row: inout SQLRow) throws -> [BuildState: Double] {
        var timestamps: [BuildState: Double] = [:]
        for state in BuildState.stored { timestamps[state] = try row.next() }
        return timestamps
    }

    // The order of the `_at` columns is that of BuildState.stored.
    static let select = """
        SELECT id, project_type, parameters, project_id, job_name, job, slave_parameters, notes,
            executors_given, state, result, error_message,
            queued_at, preparing_at, prepared_at, building_at, finished_at, error_at, canceled_at,
            subjobs, atoms, completed_subjobs, completed_atoms, failed_atoms, flaky_atoms, unrun_atoms
        FROM builds JOIN requests ON build_id = id

        """

    // Never INSERT OR REPLACE: it would delete the old row first, and with it everything below the build.
    private static let upsert = """
        INSERT INTO builds (
            id, project_id, job_name, state, result, error_message,
            subjobs, atoms, completed_subjobs, completed_atoms, failed_atoms, flaky_atoms, unrun_atoms, executors_given,
            queued_at, preparing_at, prepared_at, building_at, finished_at, error_at, canceled_at
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
            project_id = excluded.project_id, job_name = excluded.job_name, state = excluded.state,
            result = excluded.result, error_message = excluded.error_message,
            subjobs = excluded.subjobs, atoms = excluded.atoms, completed_subjobs = excluded.completed_subjobs,
            completed_atoms = excluded.completed_atoms, failed_atoms = excluded.failed_atoms,
            flaky_atoms = excluded.flaky_atoms, unrun_atoms = excluded.unrun_atoms, executors_given = excluded.executors_given,
            queued_at = excluded.queued_at, preparing_at = excluded.preparing_at, prepared_at = excluded.prepared_at,
            building_at = excluded.building_at, finished_at = excluded.finished_at, error_at = excluded.error_at,
            canceled_at = excluded.canceled_at
        """
}

/// The request of a build; it changes at most once, when the job is known.
struct BuildRequest: Sendable, Equatable {
    private let buildID: BuildID
    private let projectType: String
    private let parameters: ProjectParameters
    private let job: Job?
    private let slaveParameters: ProjectParameters?
    private let notes: [String]

    /// Creates the request of a build.
    init(_ record: BuildRecord) {
        buildID = record.id
        projectType = record.projectType
        parameters = record.parameters
        job = record.job
        slaveParameters = record.slaveParameters
        notes = record.notes
    }

    /// Writes the request; its build must exist.
    func write(to db: Database) throws {
        let job = try job.map { try JSONText.encode($0) }
        let slaveParameters = try slaveParameters.map { try JSONText.encode($0) }
        try SQLStatement(Self.upsert, in: db)
            .run(
                buildID,
                projectType,
                JSONText.encode(parameters),
                job,
                slaveParameters,
                notes.isEmpty ? nil : JSONText.encode(notes)
            )
    }

    private static let upsert = """
        INSERT INTO requests (build_id, project_type, parameters, job, slave_parameters, notes)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (build_id) DO UPDATE SET
            project_type = excluded.project_type, parameters = excluded.parameters, job = excluded.job,
            slave_parameters = excluded.slave_parameters, notes = excluded.notes
        """
}
