import ClusterRunnerArchive
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerMaster

/// The cost of an atom in transactions: counts, never times.
@Suite(.timeLimit(.minutes(10))) struct TransactionCountTests {
    /// A store that counts the changes that it makes durable.
    private final class CountingStore: WrappedStore {
        let store: SQLiteBuildStore
        private let counts = Lock((calls: 0, changes: 0))

        init() throws { store = try SQLiteBuildStore.inMemory() }

        var calls: Int { counts.withLock { $0.calls } }
        var changes: Int { counts.withLock { $0.changes } }

        func enqueue(_ changes: [StoreChange]) -> StoreTicket {
            counts.withLock { $0 = ($0.calls + 1, $0.changes + changes.count) }
            return store.enqueue(changes)
        }
    }

    @Test func `A report is one transaction, however many atoms it has`() async throws {
        let store = try CountingStore()
        let clock = StepClock()
        let coordinator = ClusterCoordinator(
            cluster: Cluster(lastBuild: 0, lastSlave: 0, lastLease: 0),
            store: store,
            results: ResultsFolder(folders: MasterFolders(base: "/nonexistent"), archiver: LibArchiver()),
            consoles: ConsoleKeeper(folders: MasterFolders(base: "/nonexistent")),
            timekeeper: Timekeeper(clock: clock) { 1 },
            logger: .silent
        )
        let build = try await coordinator.request(type: "t", parameters: ProjectParameters([:]))
        _ = try await coordinator.preparationStarts(build: build)
        let atoms = (0..<100).map { PlannedAtom(atom: Atom(variable: "A", value: "\($0)"), expectedTime: nil) }
        let plan = BuildPlan(
            projectID: "p",
            job: Job(name: "J", command: "true", atomizers: []),
            slaveParameters: ProjectParameters([:]),
            subjobs: [PlannedSubjob(atoms: atoms, expectedTime: nil)]
        )
        try await coordinator.prepared(build: build, plan: plan)
        let slave = try await coordinator.register(
            SlaveRegistration(slave: "h:1", numExecutors: 1, sessionID: "s"),
            token: "t"
        ).slaveID
        try await coordinator.connected(slave: slave)
        try await coordinator.setupFinished(slave: slave, SetupReport(build: build, failure: nil))
        #expect(store.calls <= 8)

        let reports = (0..<100).map { atom in
            AtomReport(
                lease: 1,
                subjob: 0,
                atom: AtomIndex(atom),
                executor: 0,
                result: AtomResult(exitCode: 0, seconds: 1)
            )
        }
        let (calls, changes) = (store.calls, store.changes)
        let report = ResultsReport(build: build, upload: nil, reports: reports)
        #expect(try await coordinator.results(slave: slave, report).refused.isEmpty)
        #expect(store.calls == calls + 1)
        // Two events and one timing for each atom; the atoms themselves are one change.
        #expect(store.changes - changes <= 100 * 3 + 10)
    }
}
