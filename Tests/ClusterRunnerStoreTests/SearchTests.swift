import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerStore
import Testing

struct SearchTests {
    private func atom(_ subjob: SubjobID, _ value: String, _ result: AtomResult? = nil, attempts: Int = 1) -> AtomRecord
    {
        AtomRecord(
            buildID: 1,
            subjobID: subjob,
            id: 0,
            atom: Atom(variable: "T", value: value),
            state: result == nil ? .notStarted : .completed,
            result: result,
            attempts: result == nil ? 0 : attempts
        )
    }

    /// Makes one atom of each status, with distinguishing properties.
    private func withAtoms(_ kind: StoreKind, _ body: (SQLiteBuildStore) async throws -> Void) async throws {
        try await kind.withStore { store in
            var atoms = [
                atom(0, "passes", AtomResult(exitCode: 0, seconds: 3)),
                atom(1, "fails", AtomResult(exitCode: 2, seconds: 1)),
                atom(2, "has 100% of_it", AtomResult(exitCode: 0, seconds: 2), attempts: 3),
                atom(3, "runs"),
                atom(4, "waits"),
                atom(5, "Times\\out", AtomResult(exitCode: 0, seconds: 9, cause: "timeout")),
                atom(6, "stops"),
            ]
            atoms[6].state = .canceled
            atoms[3].expectedTime = 5
            let subjobs = (0...6).map {
                SubjobRecord(buildID: 1, id: SubjobID($0), atomCount: 1, state: $0 == 3 ? .inProgress : .queued)
            }
            try await store.write(.build(plainBuild(1)), .subjobs(subjobs), .atoms(atoms))
            // Another build, which no search may find.
            let other = AtomRecord(buildID: 2, subjobID: 0, id: 0, atom: Atom(variable: "T", value: "fails"))
            let subjob = SubjobRecord(buildID: 2, id: 0, atomCount: 1)
            try await store.write(.build(plainBuild(2)), .subjobs([subjob]), .atoms([other]))
            try await body(store)
        }
    }

    private func found(_ search: AtomSearch, in store: SQLiteBuildStore) async throws -> [SubjobID] {
        let found = try await store.atoms(matching: search)
        if search.page == .all { #expect(found.total == found.atoms.count) }
        return found.atoms.map(\.record.subjobID)
    }

    @Test(arguments: StoreKind.allCases)
    func `Atoms are found by how they stand, as a record by itself says it`(kind: StoreKind) async throws {
        try await withAtoms(kind) { store in
            let expected: [AtomStatus: [SubjobID]] = [
                .failed: [1, 5], .flaky: [2], .running: [3], .waiting: [4], .passed: [0], .canceled: [6],
            ]
            for status in AtomStatus.allCases {
                let search = AtomSearch(build: 1, status: status)
                let subjobs = try await found(search, in: store)
                #expect(subjobs == expected[status])
                let statuses = try await store.atoms(matching: search).atoms.map(\.status)
                #expect(Set(statuses) == [status])
            }
        }
    }

    @Test func `Atoms are found by a part of their text, in which nothing has a special meaning`() async throws {
        try await withAtoms(.memory) { store in
            let expected: [String: [SubjobID]] = [
                "FAIL": [1], "100%": [2], "%": [2], "_": [2], "\\": [5], "i": [1, 2, 4, 5],
                "T": [0, 1, 2, 3, 4, 5, 6], "nothing": [],
                "": [0, 1, 2, 3, 4, 5, 6], "'; DROP TABLE atoms": [],
            ]
            for (text, subjobs) in expected {
                let result = try await found(AtomSearch(build: 1, text: text), in: store)
                #expect(result == subjobs)
            }
        }
    }

    @Test func `Atoms are ordered by what a person chose, and what is not known comes last`() async throws {
        try await withAtoms(.memory) { store in
            let expected: [AtomOrder: (ascending: [SubjobID], descending: [SubjobID])] = [
                .position: ([0, 1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1, 0]),
                .status: ([1, 5, 2, 3, 4, 0, 6], [6, 0, 4, 3, 2, 1, 5]),
                .name: ([5, 1, 2, 0, 3, 6, 4], [4, 6, 3, 0, 2, 1, 5]),
                .expected: ([3, 0, 1, 2, 4, 5, 6], [3, 0, 1, 2, 4, 5, 6]),
                .actual: ([1, 2, 0, 5, 3, 4, 6], [5, 0, 2, 1, 3, 4, 6]),
                .attempts: ([3, 4, 6, 0, 1, 5, 2], [2, 0, 1, 5, 3, 4, 6]),
            ]
            for order in AtomOrder.allCases {
                let ascending = try await found(AtomSearch(build: 1, order: order), in: store)
                #expect(ascending == expected[order]?.ascending)
                let descending = try await found(AtomSearch(build: 1, order: order, descending: true), in: store)
                #expect(descending == expected[order]?.descending)
            }
        }
    }

    @Test func `A page has its part, and the number of all`() async throws {
        try await withAtoms(.memory) { store in
            let page = try await store.atoms(matching: AtomSearch(build: 1, page: StorePage(offset: 2, limit: 2)))
            #expect(page.atoms.map(\.record.subjobID) == [2, 3])
            #expect(page.total == 7)
            #expect(page.atoms.map(\.isHeld) == [false, true])
            let beyond = try await store.atoms(matching: AtomSearch(build: 1, page: StorePage(offset: 99, limit: 2)))
            #expect(beyond == FoundAtoms(atoms: [], total: 7))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `Builds are found by state, result, job, project and text, newest first`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            for id in 1...12 {
                var build = plainBuild(BuildID(id), state: id > 10 ? .queued : .finished)
                build.result = id > 10 ? nil : id.isMultiple(of: 2) ? .failure : .noFailures
                build.jobName = id > 6 ? "Unit_Tests" : "Lint"
                build.projectID = "https://host/project\(id % 3)"
                if id == 4 { build.errorMessage = "No such Branch" }
                try await store.write(.build(build))
            }
            func ids(_ search: BuildSearch) async throws -> [BuildID] {
                try await store.builds(matching: search).builds.map(\.id)
            }
            #expect(try await ids(BuildSearch()) == (1...12).reversed().map { BuildID($0) })
            #expect(try await ids(BuildSearch(states: [.queued])) == [12, 11])
            #expect(try await ids(BuildSearch(states: [.finished], result: .failure)) == [10, 8, 6, 4, 2])
            #expect(try await ids(BuildSearch(job: "unit_t")) == [12, 11, 10, 9, 8, 7])
            #expect(try await ids(BuildSearch(job: "unit%")) == [])
            #expect(try await ids(BuildSearch(project: "project1")) == [10, 7, 4, 1])
            #expect(try await ids(BuildSearch(text: "branch")) == [4])
            #expect(try await ids(BuildSearch(text: "12")) == [12])
            let page = try await store.builds(matching: BuildSearch(page: StorePage(offset: 1, limit: 2)))
            #expect(page.builds.map(\.id) == [11, 10] && page.total == 12)
        }
    }

    @Test func `A password in a request is not found by guessing`() async throws {
        let store = try SQLiteBuildStore.inMemory()
        let parameters = ProjectParameters(["url": "https://user:hunter2@host/x"])
        try await store.write(.build(BuildRecord(id: 1, projectType: "git", parameters: parameters)))
        #expect(try await store.builds(matching: BuildSearch(text: "hunter")).total == 0)
    }
}
