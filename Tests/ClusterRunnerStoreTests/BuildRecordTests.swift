import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerStore
import Testing

struct BuildRecordTests {
    private let full = BuildRecord(
        id: 7,
        projectType: "git",
        parameters: ProjectParameters([
            "url": "https://example.org/Ünïcode\u{0}/x.git",
            "config": ["commands": ["true", nil], "timeout": .number(1.5)],
            "flag": true, "count": -3,
        ]),
        projectID: "https://example.org/x.git",
        jobName: "日本語\u{0}🧪",
        job: Job(
            name: "日本語\u{0}🧪",
            command: "set -x\n\"$T\"",
            atomizers: [Atomizer(variable: "T", command: "seq 3")],
            setup: "make",
            teardown: "",
            maxExecutors: 4,
            maxExecutorsPerSlave: 2,
            timeout: 0.1,
            retries: 3,
            failFast: true,
            environment: ["A": "b c"]
        ),
        state: .finished,
        result: .failure,
        errorMessage: String(repeating: "long\u{0}", count: 20_000),
        timestamps: Dictionary(
            uniqueKeysWithValues: zip(BuildState.allCases, [0.1, 1e9, 1.7e9 + 1 / 3, 4, 5, 6, -7.5])
        ),
        progress: BuildProgress(subjobs: 1, atoms: 2, completedSubjobs: 3, completedAtoms: 4, failedAtoms: 5)
    )

    @Test(arguments: StoreKind.allCases)
    func `A build comes back as it was written`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.write(.build(full), .build(plainBuild(8)))
            #expect(try await store.build(7) == full)
            #expect(try await store.build(8) == plainBuild(8))
            #expect(try await store.build(9) == nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `New values of a build replace all the old ones`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.write(.build(full))
            try await store.write(.build(plainBuild(7)))
            #expect(try await store.build(7) == plainBuild(7))
            try await store.write(.build(full))
            #expect(try await store.build(7) == full)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `A job that becomes known later is kept`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            var record = plainBuild(1)
            try await store.write(.build(record))
            record.job = full.job
            record.state = .prepared
            try await store.write(.build(record))
            record.progress.completedAtoms = 1
            try await store.write(.build(record))
            #expect(try await store.build(1) == record)
        }
    }

    @Test(arguments: BuildState.allCases)
    func `Every state of a build can be kept`(state: BuildState) async throws {
        let store = try SQLiteBuildStore.inMemory()
        try await store.write(.build(plainBuild(1, state: state)))
        #expect(try await store.build(1)?.state == state)
    }

    @Test(arguments: StoreKind.allCases)
    func `Builds are listed by id, by state and by page`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let builds: [(BuildID, BuildState)] = [(3, .building), (1, .finished), (4, .queued), (2, .canceled)]
            for (id, state) in builds {
                try await store.write(.build(plainBuild(id, state: state)))
            }
            func ids(_ query: BuildQuery) async throws -> [BuildID] { try await store.builds(query).map(\.id) }

            #expect(try await ids(BuildQuery()) == [1, 2, 3, 4])
            #expect(try await ids(BuildQuery(newestFirst: true)) == [4, 3, 2, 1])
            #expect(try await ids(BuildQuery(states: [.building, .canceled])) == [2, 3])
            #expect(try await ids(BuildQuery(states: [])) == [])
            #expect(try await ids(BuildQuery(page: StorePage(offset: 1, limit: 2))) == [2, 3])
            #expect(try await ids(BuildQuery(page: StorePage(offset: 3))) == [4])
            #expect(try await ids(BuildQuery(page: StorePage(offset: 4, limit: 1))) == [])
            #expect(try await ids(BuildQuery(newestFirst: true, page: StorePage(offset: 1, limit: 1))) == [3])
            #expect(try await ids(BuildQuery(page: StorePage(limit: 0))) == [])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `A removed build takes its rows along and leaves the rest`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let atom = Atom(variable: "T", value: "a")
            let result = AtomResult(exitCode: 1, seconds: 1, console: .inline([1, 2]))
            for build: BuildID in [1, 2] {
                try await store.write(
                    .build(plainBuild(build)),
                    .subjobs([SubjobRecord(buildID: build, id: 0, atomCount: 1)]),
                    .atoms([AtomRecord(buildID: build, subjobID: 0, id: 0, atom: atom, result: result)])
                )
            }
            try await store.write(
                .timings(projectID: "p", jobName: "j", [AtomTiming(atom: atom, seconds: 1)]),
                event(1),
                .counter(.build, atLeast: 2)
            )
            try await store.write(.removeBuild(1), .removeBuild(99))

            #expect(try await store.builds(BuildQuery()).map(\.id) == [2])
            #expect(try await store.subjobs(build: 1, page: .all).isEmpty)
            #expect(try await store.atoms(AtomQuery(build: 1)).isEmpty)
            #expect(try await store.rows(of: "consoles") == 1)
            #expect(try await store.rows(of: "requests") == 1)
            #expect(try await store.subjobs(build: 2, page: .all).count == 1)
            #expect(try await store.atom(build: 2, subjob: 0, id: 0)?.result == result)
            #expect(try await store.timings(of: [atom], projectID: "p", jobName: "j", limit: 1) == [atom: [1]])
            #expect(try await store.events(after: 0, since: nil, limit: 9).count == 1)
            #expect(try await store.counter(.build) == 2)
        }
    }
}
