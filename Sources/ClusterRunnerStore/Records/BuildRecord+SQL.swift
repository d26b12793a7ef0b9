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
                executorsGiven,
                state,
                result,
                errorMessage,
                timestamps[.queued],
                timestamps[.preparing],
                timestamps[.prepared],
                timestamps[.building],
                timestamps[.finished],
                timestamps[.error],
                timestamps[.canceled],
                progress.subjobs,
                progress.atoms,
                progress.completedSubjobs,
                progress.completedAtoms,
                progress.failedAtoms,
                progress.flakyAtoms,
                progress.unrunAtoms
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
        let request = try BuildRequest(&row)
        try self.init(
            id: row.next(),
            projectType: request.projectType,
            parameters: request.parameters,
            requester: request.requester,
            projectID: row.next(),
            jobName: row.next(),
            job: request.job,
            slaveParameters: request.slaveParameters,
            notes: request.notes,
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
    private static let columns = TableColumns(
        "builds",
        key: 1,
        "id",
        "project_id",
        "job_name",
        "executors_given",
        "state",
        "result",
        "error_message",
        "queued_at",
        "preparing_at",
        "prepared_at",
        "building_at",
        "finished_at",
        "error_at",
        "canceled_at",
        "subjobs",
        "atoms",
        "completed_subjobs",
        "completed_atoms",
        "failed_atoms",
        "flaky_atoms",
        "unrun_atoms"
    )

    static let select = """
        SELECT \(BuildRequest.columns.selected), \(columns.selected) FROM builds JOIN requests ON build_id = id

        """

    private static let upsert = columns.upsert
}

/// The request of a build; it changes at most once, when the job is known.
struct BuildRequest: Sendable, Equatable {
    private let buildID: BuildID
    fileprivate let projectType: String
    fileprivate let parameters: ProjectParameters
    fileprivate let job: Job?
    fileprivate let slaveParameters: ProjectParameters?
    fileprivate let notes: [String]
    fileprivate let requester: String?

    /// Creates the request of a build.
    init(_ record: BuildRecord) {
        buildID = record.id
        projectType = record.projectType
        parameters = record.parameters
        job = record.job
        slaveParameters = record.slaveParameters
        notes = record.notes
        requester = record.requester
    }

    fileprivate init(_ row: inout SQLRow) throws {
        buildID = try row.next()
        projectType = try row.next()
        parameters = try JSONText.decode(from: row.next())
        job = try row.next(String?.self).map { try JSONText.decode(from: $0) }
        slaveParameters = try row.next(String?.self).map { try JSONText.decode(from: $0) }
        notes = try row.next(String?.self).map { try JSONText.decode(from: $0) } ?? []
        requester = try row.next()
    }

    /// Writes the request; its build must exist.
    func write(to db: Database) throws {
        try SQLStatement(Self.upsert, in: db)
            .run(
                buildID,
                projectType,
                JSONText.encode(parameters),
                job.map { try JSONText.encode($0) },
                slaveParameters.map { try JSONText.encode($0) },
                notes.isEmpty ? nil : JSONText.encode(notes),
                requester
            )
    }

    fileprivate static let columns = TableColumns(
        "requests",
        key: 1,
        "build_id",
        "project_type",
        "parameters",
        "job",
        "slave_parameters",
        "notes",
        "requester"
    )

    private static let upsert = columns.upsert
}
