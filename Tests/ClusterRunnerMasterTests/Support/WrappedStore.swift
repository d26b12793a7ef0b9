import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerStore

/// A store that handles changes in its own way, and reads from the store that it wraps.
protocol WrappedStore: BuildStore {
    /// The wrapped store.
    var store: SQLiteBuildStore { get }
}

extension WrappedStore {
    var obstacle: ClusterRunnerError? { store.obstacle }

    func counter(_ counter: StoreCounter) async throws -> Int { try await store.counter(counter) }
    func build(_ id: BuildID) async throws -> BuildRecord? { try await store.build(id) }
    func builds(matching search: BuildSearch) async throws -> FoundBuilds { try await store.builds(matching: search) }
    func atoms(matching search: AtomSearch) async throws -> FoundAtoms { try await store.atoms(matching: search) }
    func timelineSpans(build: BuildID, limit: Int) async throws -> [TimelineSpan] {
        try await store.timelineSpans(build: build, limit: limit)
    }
    func jobs(page: StorePage) async throws -> [JobSummary] { try await store.jobs(page: page) }
    func history(of job: JobName, limit: Int, atomLimit: Int) async throws -> JobHistory {
        try await store.history(of: job, limit: limit, atomLimit: atomLimit)
    }
    func events(ofSlave slave: SlaveID, limit: Int) async throws -> [StoredEvent] {
        try await store.events(ofSlave: slave, limit: limit)
    }
    func builds(_ query: BuildQuery) async throws -> [BuildRecord] { try await store.builds(query) }
    func subjob(build: BuildID, id: SubjobID) async throws -> SubjobRecord? {
        try await store.subjob(build: build, id: id)
    }
    func subjobs(build: BuildID, page: StorePage) async throws -> [SubjobRecord] {
        try await store.subjobs(build: build, page: page)
    }
    func atom(build: BuildID, subjob: SubjobID, id: AtomIndex) async throws -> AtomRecord? {
        try await store.atom(build: build, subjob: subjob, id: id)
    }
    func atoms(_ query: AtomQuery) async throws -> [AtomRecord] { try await store.atoms(query) }
    func attempts(build: BuildID, subjobs: ClosedRange<SubjobID>, withConsole: Bool) async throws -> [AttemptRecord] {
        try await store.attempts(build: build, subjobs: subjobs, withConsole: withConsole)
    }

    func cases(matching search: CaseSearch) async throws -> FoundCases { try await store.cases(matching: search) }
    func caseCounts(of builds: [BuildID]) async throws -> [BuildID: CaseCounts] {
        try await store.caseCounts(of: builds)
    }
    func caseHistory(_ id: CaseID, limit: Int) async throws -> CaseHistory? {
        try await store.caseHistory(id, limit: limit)
    }
    func caseFigures(of job: JobName, limit: Int, caseLimit: Int) async throws -> JobCases {
        try await store.caseFigures(of: job, limit: limit, caseLimit: caseLimit)
    }

    func slaveFailures(build: BuildID) async throws -> [SlaveFailure] { try await store.slaveFailures(build: build) }
    func commands(build: BuildID) async throws -> [CommandRecord] { try await store.commands(build: build) }
    func slaveHealth() async throws -> [SlaveHealthRecord] { try await store.slaveHealth() }
    func notifications() async throws -> [NotificationRecord] { try await store.notifications() }
    func events(after: Int, since: Double?, limit: Int) async throws -> [StoredEvent] {
        try await store.events(after: after, since: since, limit: limit)
    }
    func lastEvent() async throws -> Int { try await store.lastEvent() }
    func timings(
        of atoms: [Atom],
        projectID: String,
        jobName: String,
        limit: Int
    ) async throws -> [Atom: [Double]] {
        try await store.timings(of: atoms, projectID: projectID, jobName: jobName, limit: limit)
    }
}
