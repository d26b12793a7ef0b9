import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import GRDB
import Testing

@testable import ClusterRunnerStore

@Suite struct CaseRecordTests {
    private let job = JobName(project: "/p", job: "Unit")

    private func sheet(
        _ build: BuildID,
        atom: Int = 0,
        commit: String? = nil,
        run: Int = 1,
        isCounted: Bool = true,
        _ cases: [TestCase]
    ) -> StoreChange {
        let sheet = CaseSheet(
            buildID: build,
            subjobID: SubjobID(atom),
            atomID: 0,
            job: job,
            commit: commit,
            slave: 3,
            run: run,
            isCounted: isCounted,
            reportedAt: 100,
            cases: cases
        )
        return .cases(sheet, keeping: 3)
    }

    private func atom(_ build: BuildID, _ id: Int = 0, cases: CaseCounts? = nil) -> StoreChange {
        .atoms([
            AtomRecord(
                buildID: build,
                subjobID: SubjobID(id),
                id: 0,
                atom: Atom(variable: "T", value: "t\(id)"),
                state: .completed,
                result: AtomResult(exitCode: 0, seconds: 1, cases: cases)
            )
        ])
    }

    private func build(_ id: BuildID) -> StoreChange {
        var build = plainBuild(id, state: .finished)
        build.projectID = job.project
        build.jobName = job.job
        return .build(build)
    }

    private let mixed = [
        TestCase(name: "adds", className: "Sums", file: "sums.py", seconds: 0.25, outcome: .passed),
        TestCase(
            name: "divides 100% \u{0}",
            seconds: 3,
            outcome: .failed,
            failure: CaseFailure(message: "1 ≠ 2", type: "AssertionError", text: "line 3\n"),
            otherFailures: [CaseFailure(message: "earlier")]
        ),
        TestCase(name: "waits", outcome: .skipped, failure: CaseFailure(message: "no network")),
        TestCase(name: "opens", seconds: 1, outcome: .error, failure: CaseFailure(text: "IOError")),
        TestCase(name: "sleeps", seconds: 2, outcome: .flaky, otherFailures: [CaseFailure(), CaseFailure(type: "T")]),
    ]

    @Test(arguments: StoreKind.allCases)
    func `Cases are read back as they were reported`(kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await store.write(build(1), atom(1, cases: CaseCounts(mixed)), sheet(1, mixed))
            let found = try await store.cases(matching: CaseSearch(build: 1))
            #expect(found.cases.map(\.testCase) == mixed)
            #expect(found.total == 5)
            #expect(found.cases.map(\.position) == [0, 1, 2, 3, 4])
            #expect(found.cases[0].atom == Atom(variable: "T", value: "t0"))
            let counts = CaseCounts(total: 5, failed: 2, skipped: 1, flaky: 1)
            #expect(try await store.caseCounts(of: [1, 2]) == [1: counts])
            #expect(try await store.atom(build: 1, subjob: 0, id: 0)?.result?.cases == counts)
        }
    }

    @Test func `A search combines outcome, name, text, atom, order and page`() async throws {
        let store = try SQLiteBuildStore.inMemory()
        try await store.write(build(1), atom(1), atom(1, 1), sheet(1, mixed), sheet(1, atom: 1, Array(mixed.prefix(2))))
        func names(_ search: CaseSearch) async throws -> [String] {
            try await store.cases(matching: search).cases.map(\.testCase.name)
        }
        let divides = "divides 100% \u{0}"
        #expect(try await names(CaseSearch(build: 1, outcomes: [.failed, .error])) == [divides, "opens", divides])
        #expect(try await names(CaseSearch(build: 1, outcomes: [.passed])) == ["adds", "adds"])
        #expect(try await names(CaseSearch(build: 1, outcomes: [])) == [])
        #expect(try await names(CaseSearch(build: 1, name: "Adds")) == [])
        #expect(try await names(CaseSearch(build: 1, text: "SUMS", subjobs: 1...1)) == ["adds"])
        #expect(try await names(CaseSearch(build: 1, text: "0%")) == [divides, divides])
        #expect(try await names(CaseSearch(build: 1, subjobs: 0...0, atom: 1)) == [])
        #expect(
            try await names(CaseSearch(build: 1, subjobs: 0...0, order: .outcome))
                == [divides, "opens", "sleeps", "adds", "waits"]
        )
        let page = StorePage(offset: 1, limit: 2)
        let found = try await store.cases(matching: CaseSearch(build: 1, subjobs: 0...0, order: .time, page: page))
        #expect(found.cases.map(\.testCase.name) == ["sleeps", "opens"])
        #expect(found.total == 5)
        #expect(try await store.cases(matching: CaseSearch(build: 2)) == FoundCases(cases: [], total: 0))
    }

    @Test func `A case that failed in a run that does not count and passed later is flaky`() async throws {
        let store = try SQLiteBuildStore.inMemory()
        let failure = CaseFailure(message: "timeout")
        let first = [
            TestCase(name: "a", outcome: .failed, failure: failure), TestCase(name: "b", outcome: .passed),
            TestCase(name: "a", outcome: .passed), TestCase(name: "c", outcome: .failed, failure: failure),
        ]
        let second = [
            TestCase(name: "a", outcome: .passed), TestCase(name: "a", outcome: .passed),
            TestCase(name: "c", outcome: .failed, failure: CaseFailure(message: "again")),
        ]
        try await store.write(build(1), sheet(1, isCounted: false, first))
        #expect(try await store.cases(matching: CaseSearch(build: 1)).total == 0)
        try await store.write(atom(1, cases: CaseCounts(second)), sheet(1, run: 2, second))
        let cases = try await store.cases(matching: CaseSearch(build: 1)).cases.map(\.testCase)
        #expect(cases.map(\.outcome) == [.flaky, .passed, .failed])
        #expect(cases.map(\.otherFailures) == [[failure], [], [failure]])
        let counts = CaseCounts(total: 3, failed: 1, flaky: 1)
        #expect(try await store.caseCounts(of: [1]) == [1: counts])
        #expect(try await store.atom(build: 1, subjob: 0, id: 0)?.result?.cases == counts)
    }

    @Test func `Cases of an unknown build are dropped, and those of a removed one stay in the history`() async throws {
        let store = try SQLiteBuildStore.inMemory()
        let failed = [TestCase(name: "a", seconds: 1, outcome: .failed, failure: CaseFailure(text: "gone"))]
        try await store.write(sheet(9, failed))
        #expect(try await store.caseCounts(of: [9]) == [:])
        try await store.write(build(1), atom(1), sheet(1, commit: "abc", failed), .removeBuild(1), build(2), atom(2))
        try await store.write(sheet(2, [TestCase(name: "a", seconds: 2, outcome: .passed)]))
        let id = try #require(try await store.cases(matching: CaseSearch(build: 2)).cases.first?.id)
        let history = try #require(try await store.caseHistory(id, limit: 10))
        #expect(history.job == job && history.name == "a" && history.className == nil)
        #expect(history.runs.map(\.build) == [2, 1])
        #expect(history.runs.map(\.outcome) == [.passed, .failed])
        #expect(history.runs.map(\.commit) == [nil, "abc"])
        #expect(history.runs.map(\.isKept) == [true, false])
        #expect(history.runs.map(\.isOfBrokenBuild) == [false, true])
        #expect(try await store.caseHistory(id, limit: 1)?.runs.count == 1)
        #expect(try await store.caseHistory(99, limit: 1) == nil)
    }

    @Test func `The history of a job is bounded, and forgets the names that only old builds had`() async throws {
        let store = try SQLiteBuildStore.inMemory()
        for number in 1...6 {
            let id = BuildID(number)
            let cases = ["common", "of \(number)"].map { TestCase(name: $0, outcome: .passed) }
            try await store.write(build(id), atom(id), sheet(id, cases))
            // The third one is kept by somebody.
            if number != 3 { try await store.write(.removeBuild(id)) }
        }
        let counts = try await store.caseCounts(of: (1...6).map { BuildID($0) })
        #expect(counts.keys.sorted() == [3, 4, 5, 6])
        let names = try await store.database.read { db in
            try SQLStatement("SELECT name FROM case_names ORDER BY name", in: db).rows { row in
                try row.next(String.self)
            }
        }
        #expect(names == ["common", "of 3", "of 4", "of 5", "of 6"])
    }

    @Test func `Flaky are cases that failed and passed at one commit, except in builds in which most failed`()
        async throws
    {
        let store = try SQLiteBuildStore.inMemory()
        let outcomes: [(commit: String?, flips: CaseOutcome, breaks: CaseOutcome, others: CaseOutcome)] = [
            ("a", .passed, .failed, .passed), ("a", .failed, .failed, .passed), ("b", .passed, .failed, .passed),
            ("b", .failed, .failed, .failed), ("c", .flaky, .passed, .passed), (nil, .passed, .failed, .passed),
        ]
        for (index, build) in outcomes.enumerated() {
            let id = BuildID(index + 1)
            let cases = [
                TestCase(name: "flips", seconds: 1, outcome: build.flips),
                TestCase(name: "breaks", seconds: index < 3 ? 1 : 2, outcome: build.breaks),
                TestCase(name: "one", seconds: 0.1, outcome: build.others),
                TestCase(name: "other", outcome: build.others), TestCase(name: "third", outcome: .skipped),
            ]
            try await store.write(self.build(id), atom(id), sheet(id, commit: build.commit, cases))
        }
        let all = try await store.caseFigures(of: job, limit: 10, caseLimit: 10)
        #expect(all.countedBuilds == 5)
        #expect(all.flakiest.map(\.name) == ["flips"])
        let flips = try #require(all.flakiest.first)
        #expect(flips.runs == 5 && flips.failed == 1 && flips.flaky == 2)
        #expect(all.slowest.map(\.name) == ["breaks", "flips", "one"])
        #expect(all.slower.map(\.name) == ["breaks"])
        #expect(all.slower.first?.newerMean == 5.0 / 3 && all.slower.first?.olderMean == 1)
        #expect(try await store.caseFigures(of: job, limit: 2, caseLimit: 1).slowest.map(\.name) == ["breaks"])
        let unknown = JobName(project: "/p", job: "Other")
        #expect(try await store.caseFigures(of: unknown, limit: 2, caseLimit: 1) == JobCases())
    }
}
