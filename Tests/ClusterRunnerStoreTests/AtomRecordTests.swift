import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerStore
import Testing

struct AtomRecordTests {
    private func atom(_ id: AtomIndex, subjob: SubjobID = 0, value: String = "v", result: AtomResult? = nil)
        -> AtomRecord
    {
        AtomRecord(
            buildID: 1,
            subjobID: subjob,
            id: id,
            atom: Atom(variable: "T", value: value),
            state: result == nil ? .notStarted : .completed,
            result: result
        )
    }

    private static let results = [
        nil,
        AtomResult(exitCode: 0, seconds: 0, notes: ["\"a\" is left out.", "Two\nlines"]),
        AtomResult(exitCode: 137, seconds: 1 / 3, cause: "timeout", console: .file, hasArtifacts: true),
        AtomResult(exitCode: -1, seconds: 1e-9, cause: "", console: .inline([0, 255, 10, 0])),
        AtomResult(exitCode: 0, seconds: 2, console: .inline([UInt8](repeating: 7, count: 100_000))),
    ]

    @Test(arguments: StoreKind.allCases, results)
    func `An atom comes back as it was written`(kind: StoreKind, result: AtomResult?) async throws {
        let values = ["plain", "", "日本語 🧪", "nul\u{0}inside", "\u{0}", String(repeating: "ö", count: 100_000)]
        try await kind.withStore { store in
            var records = zip(0..., values).map { atom(AtomIndex($0), value: $1, result: result) }
            let odd: [[UInt8]] = [
                [0x63, 0xE9], Array("caf\u{e9}".utf8), Array("cafe\u{301}".utf8), [0xFF, 0x00, 0xFF],
            ]
            records += zip(records.count..., odd).map { id, bytes in
                AtomRecord(
                    buildID: 1,
                    subjobID: 0,
                    id: AtomIndex(id),
                    atom: Atom(variable: "T", value: ByteString(bytes))
                )
            }
            records[1].expectedTime = 0.25
            records[2].attempts = 3
            (records[3].slaveID, records[3].executor, records[3].startedAt) = (7, 0, 1000.25)
            try await store.write(.build(plainBuild(1)), .atoms(records))
            #expect(try await store.atoms(AtomQuery(build: 1, withConsole: true)) == records)
            #expect(try await store.atom(build: 1, subjob: 0, id: 2) == records[2])
            #expect(try await store.atom(build: 1, subjob: 0, id: 99) == nil)
        }
    }

    @Test(arguments: [AtomState.notStarted, .inProgress, .completed, .canceled])
    func `Every state of an atom can be kept`(state: AtomState) async throws {
        let store = try SQLiteBuildStore.inMemory()
        var record = atom(0)
        record.state = state
        try await store.write(.build(plainBuild(1)), .atoms([record]))
        #expect(try await store.atom(build: 1, subjob: 0, id: 0) == record)
    }

    @Test(arguments: StoreKind.allCases)
    func `New values of an atom replace all the old ones`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.write(.build(plainBuild(1)))
            for result in Self.results + Self.results.reversed() {
                let record = atom(0, value: "\(result?.exitCode ?? 0)", result: result)
                try await store.write(.atoms([record]))
                #expect(try await store.atom(build: 1, subjob: 0, id: 0) == record)
            }
            #expect(try await store.rows(of: "consoles") == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `A list reads console output only when asked to`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let inline = AtomResult(exitCode: 1, seconds: 1, console: .inline([65]))
            let file = AtomResult(exitCode: 1, seconds: 1, console: .file)
            try await store.write(.build(plainBuild(1)), .atoms([atom(0, result: inline), atom(1, result: file)]))

            let without = try await store.atoms(AtomQuery(build: 1))
            #expect(without.map(\.result?.console) == [.inline([]), .file])
            let with = try await store.atoms(AtomQuery(build: 1, withConsole: true))
            #expect(with.map(\.result?.console) == [.inline([65]), .file])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `Atoms are listed by subjob and id, by range, failure and page`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            let passed = AtomResult(exitCode: 0, seconds: 1)
            let timedOut = AtomResult(exitCode: 0, seconds: 1, cause: "timeout")
            let failed = AtomResult(exitCode: 2, seconds: 1, console: .inline([9]))
            try await store.write(
                .build(plainBuild(1)),
                .build(plainBuild(2)),
                .atoms([
                    atom(1, subjob: 10, result: failed), atom(0, subjob: 10, result: passed),
                    atom(0, subjob: 2, result: timedOut), atom(0, subjob: 3),
                    AtomRecord(buildID: 2, subjobID: 2, id: 0, atom: Atom(variable: "T", value: "other")),
                ])
            )
            func keys(_ query: AtomQuery) async throws -> [[Int]] {
                try await store.atoms(query).map { [$0.subjobID.rawValue, $0.id.rawValue] }
            }

            #expect(try await keys(AtomQuery(build: 1)) == [[2, 0], [3, 0], [10, 0], [10, 1]])
            #expect(try await keys(AtomQuery(build: 1, subjobs: 3...10)) == [[3, 0], [10, 0], [10, 1]])
            #expect(try await keys(AtomQuery(build: 1, outcome: .failed)) == [[2, 0], [10, 1]])
            #expect(try await keys(AtomQuery(build: 1, outcome: .failed, withConsole: true)) == [[2, 0], [10, 1]])
            #expect(try await keys(AtomQuery(build: 1, subjobs: 10...10, outcome: .failed)) == [[10, 1]])
            #expect(try await keys(AtomQuery(build: 1, page: StorePage(offset: 1, limit: 2))) == [[3, 0], [10, 0]])
            #expect(try await keys(AtomQuery(build: 3)) == [])
        }
    }

    @Test(arguments: [false, true])
    func `Failed atoms are found by their index`(withConsole: Bool) async throws {
        let store = try SQLiteBuildStore.inMemory()
        let query = AtomQuery(build: 1, outcome: .failed, withConsole: withConsole)
        let plan = try await store.plan(of: query)
        #expect(plan.contains("failed_atoms"), "\(plan)")
        #expect(!plan.contains("TEMP B-TREE"), "\(plan)")
    }
}
