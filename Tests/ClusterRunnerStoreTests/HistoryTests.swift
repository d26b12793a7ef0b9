import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerStore

struct HistoryTests {
    private let name = JobName(project: "/p", job: "Unit")

    private func build(_ id: BuildID, job: String = "Unit", atoms: Int = 2, state: BuildState = .finished)
        -> BuildRecord
    {
        var build = plainBuild(id, state: state)
        build.projectID = "/p"
        build.jobName = job
        build.progress = BuildProgress(subjobs: atoms, atoms: atoms)
        if state.isFinal {
            let start = Double(id.rawValue)
            build.timestamps = [.preparing: start, state: start + 10]
        }
        return build
    }

    private func atom(
        _ build: BuildID,
        _ id: Int,
        seconds: Double?,
        exitCode: Int = 0,
        attempts: Int = 1,
        start: Double? = nil
    ) -> AtomRecord {
        AtomRecord(
            buildID: build,
            subjobID: SubjobID(id),
            id: 0,
            atom: Atom(variable: "T", value: "t\(id)"),
            state: seconds == nil ? .inProgress : .completed,
            result: seconds.map { AtomResult(exitCode: exitCode, seconds: $0) },
            attempts: attempts,
            slaveID: start == nil ? nil : 1,
            executor: start == nil ? nil : id % 2,
            startedAt: start
        )
    }

    @Test(arguments: StoreKind.allCases)
    func `The history of a job has its ended builds, newest first`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let builds = [
                build(1), build(2), build(3, job: "Other"), build(4, state: .canceled), build(5, state: .building),
            ]
            for build in builds { try await store.write(.build(build)) }
            let history = try await store.history(of: name, limit: 10, atomLimit: 10)
            #expect(history.builds.map(\.id) == [4, 2, 1])
            #expect(history.builds.map(\.duration) == [10, 10, 10])
            #expect(history.countedBuilds == 3)
            #expect(try await store.history(of: name, limit: 2, atomLimit: 10).builds.map(\.id) == [4, 2])
            let other = JobName(project: "/p", job: "Nobody's")
            #expect(try await store.history(of: other, limit: 2, atomLimit: 10).builds == [])
        }
    }

    @Test func `The slowest atoms go by their mean, and lead to the newest build that has them`() async throws {
        let store = try SQLiteBuildStore.inMemory()
        for id: BuildID in [1, 2] { try await store.write(.build(build(id))) }
        try await store.write(
            .atoms([atom(1, 0, seconds: 5), atom(1, 1, seconds: 2), atom(2, 0, seconds: 1), atom(2, 1, seconds: 10)]),
            .atoms([atom(2, 2, seconds: nil)])
        )
        let slowest = try await store.history(of: name, limit: 9, atomLimit: 9).slowest
        #expect(slowest.map(\.atom.value) == ["t1", "t0"])
        #expect(slowest.map(\.mean) == [6, 3])
        #expect(slowest.map(\.latest) == [10, 1])
        #expect(slowest.map(\.build) == [2, 2])
        #expect(slowest.map(\.subjob) == [1, 0])
        #expect(try await store.history(of: name, limit: 9, atomLimit: 1).slowest.count == 1)
    }

    @Test func `Atoms that always fail are not flaky, those that now pass and now fail are`() async throws {
        let store = try SQLiteBuildStore.inMemory()
        for id: BuildID in [1, 2, 3] { try await store.write(.build(build(id))) }
        for id: BuildID in [1, 2, 3] {
            try await store.write(
                .atoms([
                    atom(id, 0, seconds: 1, exitCode: 1), atom(id, 1, seconds: 1, exitCode: id == 2 ? 1 : 0),
                    atom(id, 2, seconds: 1, attempts: id == 1 ? 1 : 2), atom(id, 3, seconds: 1),
                ])
            )
        }
        let flakiest = try await store.history(of: name, limit: 9, atomLimit: 9).flakiest
        #expect(flakiest.map(\.atom.value) == ["t2", "t1"])
        #expect(flakiest.map(\.flaky) == [2, 0])
        #expect(flakiest.map(\.failed) == [0, 1])
        #expect(flakiest.map(\.runs) == [3, 3])
    }

    @Test func `Atoms are counted in no more builds than somebody can wait for`() async throws {
        let store = try SQLiteBuildStore.inMemory()
        for id: BuildID in [1, 2, 3, 4] { try await store.write(.build(build(id, atoms: JobHistory.atomBudget / 2))) }
        #expect(try await store.history(of: name, limit: 9, atomLimit: 1).countedBuilds == 2)
        try await store.write(.build(build(5, atoms: JobHistory.atomBudget * 2)))
        #expect(try await store.history(of: name, limit: 9, atomLimit: 1).countedBuilds == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `Jobs are listed with their newest build`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            for build in [build(1), build(2, job: "Other"), build(3), plainBuild(4)] {
                try await store.write(.build(build))
            }
            let jobs = try await store.jobs(page: .all)
            #expect(jobs.map(\.name.job) == ["Unit", "Other"])
            #expect(jobs.map(\.builds) == [2, 1])
            #expect(jobs.map(\.newest.id) == [3, 2])
        }
    }

    @Test func `What is known of where atoms ran becomes spans; of many the longest stand alone`() async throws {
        let store = try SQLiteBuildStore.inMemory()
        try await store.write(.build(build(1)))
        try await store.write(
            .atoms([
                atom(1, 0, seconds: 1, start: 10), atom(1, 2, seconds: 1, start: 11), atom(1, 4, seconds: 7, start: 12),
                atom(1, 1, seconds: 2, exitCode: 1, start: 10), atom(1, 3, seconds: nil, start: 12),
                atom(1, 5, seconds: 1),
            ])
        )
        let all = try await store.timelineSpans(build: 1, limit: 100)
        #expect(all.map(\.start) == [10, 11, 12, 10, 12])
        #expect(all.map(\.end) == [11, 12, 19, 12, nil])
        #expect(all[3].content == .atom(subjob: 1, id: 0, name: "t1", status: .failed))
        #expect(all[4].content == .atom(subjob: 3, id: 0, name: "t3", status: .running))
        let few = try await store.timelineSpans(build: 1, limit: 1)
        #expect(
            few.map(\.content) == [
                .atoms(count: 2, failed: 0), all[2].content, .atoms(count: 1, failed: 1), all[4].content,
            ]
        )
    }

    @Test(arguments: StoreKind.allCases)
    func `The events of a slave are those about itself, newest first, found by an index`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            for (tag, slave) in [("SLAVE_CONNECTED", 1), ("ATOM_START", 1), ("SLAVE_CONNECTED", 2), ("SLAVE_LOST", 1)] {
                let data: [String: JSONValue] = ["slave_id": .integer(slave)]
                try await store.write(.event(EventRecord(tag: tag, timestamp: 0, data: data)))
            }
            #expect(try await store.events(ofSlave: 1, limit: 9).map(\.tag) == ["SLAVE_LOST", "SLAVE_CONNECTED"])
            #expect(try await store.events(ofSlave: 1, limit: 1).map(\.tag) == ["SLAVE_LOST"])
            let plan = try await store.plan(of: StoredEvent.sqlOfSlave)
            #expect(plan.contains("USING INDEX events_of_slave"), "\(plan)")
        }
    }
}
