package import ClusterRunnerDomain
package import ClusterRunnerJobFile

extension SQLiteBuildStore {
    package func counter(_ counter: StoreCounter) async throws -> Int {
        try await read { db in try counter.read(from: db) }
    }

    package func build(_ id: BuildID) async throws -> BuildRecord? {
        try await read { db in try BuildRecord.read(id, from: db) }
    }

    package func builds(_ query: BuildQuery) async throws -> [BuildRecord] {
        try await read { db in try BuildRecord.read(query, from: db) }
    }

    package func builds(matching search: BuildSearch) async throws -> FoundBuilds {
        try await read { db in try BuildRecord.find(search, in: db) }
    }

    package func subjob(build: BuildID, id: SubjobID) async throws -> SubjobRecord? {
        try await read { db in try SubjobRecord.read(build: build, id: id, from: db) }
    }

    package func subjobs(build: BuildID, page: StorePage) async throws -> [SubjobRecord] {
        try await read { db in try SubjobRecord.read(build: build, page: page, from: db) }
    }

    /// Reads one atom, with its console output.
    package func atom(build: BuildID, subjob: SubjobID, id: AtomIndex) async throws -> AtomRecord? {
        try await read { db in try AtomRecord.read(build: build, subjob: subjob, id: id, from: db) }
    }

    package func atoms(_ query: AtomQuery) async throws -> [AtomRecord] {
        try await read { db in try AtomRecord.read(query, from: db) }
    }

    package func atoms(matching search: AtomSearch) async throws -> FoundAtoms {
        try await read { db in try AtomRecord.find(search, in: db) }
    }

    package func timelineSpans(build: BuildID, limit: Int) async throws -> [TimelineSpan] {
        try await read { db in try TimelineSpan.read(build: build, limit: limit, from: db) }
    }

    package func jobs(page: StorePage) async throws -> [JobSummary] {
        try await read { db in try JobSummary.read(page, from: db) }
    }

    package func history(of job: JobName, limit: Int, atomLimit: Int) async throws -> JobHistory {
        try await read { db in try JobHistory.read(job, limit: limit, atomLimit: atomLimit, from: db) }
    }

    package func cases(matching search: CaseSearch) async throws -> FoundCases {
        try await read { db in try CaseRecord.find(search, in: db) }
    }

    package func caseCounts(of builds: [BuildID]) async throws -> [BuildID: CaseCounts] {
        try await read { db in try CaseCounts.read(of: builds, from: db) }
    }

    package func caseHistory(_ id: CaseID, limit: Int) async throws -> CaseHistory? {
        try await read { db in try CaseHistory.read(id, limit: limit, from: db) }
    }

    package func caseFigures(of job: JobName, limit: Int, caseLimit: Int) async throws -> JobCases {
        try await read { db in try JobCases.read(of: job, limit: limit, caseLimit: caseLimit, from: db) }
    }

    package func attempts(
        build: BuildID,
        subjobs: ClosedRange<SubjobID>,
        withConsole: Bool
    ) async throws -> [AttemptRecord] {
        try await read { db in
            try AttemptRecord.read(build: build, subjobs: subjobs, withConsole: withConsole, from: db)
        }
    }

    package func slaveFailures(build: BuildID) async throws -> [SlaveFailure] {
        try await read { db in try SlaveFailure.read(build: build, from: db) }
    }

    package func commands(build: BuildID) async throws -> [CommandRecord] {
        try await read { db in try CommandRecord.read(build: build, from: db) }
    }

    package func slaveHealth() async throws -> [SlaveHealthRecord] {
        try await read { db in try SlaveHealthRecord.readAll(from: db) }
    }

    package func notifications() async throws -> [NotificationRecord] {
        try await read { db in try NotificationRecord.readAll(from: db) }
    }

    package func events(after: Int, since: Double?, limit: Int) async throws -> [StoredEvent] {
        try await read { db in try StoredEvent.read(after: after, since: since, limit: limit, from: db) }
    }

    package func events(ofSlave slave: SlaveID, limit: Int) async throws -> [StoredEvent] {
        try await read { db in try StoredEvent.read(ofSlave: slave, limit: limit, from: db) }
    }

    package func lastEvent() async throws -> Int {
        try await read { db in try StoredEvent.lastID(in: db) }
    }

    /// At most ten runs of each atom are stored, so a larger limit gives ten.
    package func timings(
        of atoms: [Atom],
        projectID: String,
        jobName: String,
        limit: Int
    ) async throws -> [Atom: [Double]] {
        try await read { db in
            try AtomTiming.read(of: atoms, projectID: projectID, jobName: jobName, limit: limit, from: db)
        }
    }
}
