import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerStore

/// The lasting changes of atoms over the builds of a job.
struct AtomChangeTests {
    private let name = JobName(project: "/p", job: "Unit")

    /// One run of an atom: its time, and whether it failed or passed late.
    private enum Run {
        case passed(Double)
        case failed
        case late
    }

    /// Stores one build for each run of an atom, from the oldest to the newest, and reads the changes.
    private func changes(
        _ runs: [Run?],
        change: (inout BuildRecord) -> Void = { _ in }
    ) async throws -> [AtomChange] {
        let store = try SQLiteBuildStore.inMemory()
        for (index, run) in runs.enumerated() {
            var build = plainBuild(BuildID(index + 1), state: .finished)
            (build.projectID, build.jobName) = ("/p", "Unit")
            build.progress = BuildProgress(subjobs: 2, atoms: 2)
            build.timestamps = [.preparing: 1, .finished: 2]
            change(&build)
            try await store.write(.build(build))
            let atoms = [atom(build.id, 0, .passed(1))] + (run.map { [atom(build.id, 1, $0)] } ?? [])
            try await store.write(.atoms(atoms))
        }
        return try await store.history(of: name, limit: 60, atomLimit: 20).changes
    }

    private func atom(_ build: BuildID, _ id: Int, _ run: Run) -> AtomRecord {
        var (seconds, exitCode, attempts) = (1.0, 0, 1)
        switch run {
        case .passed(let time): seconds = time
        case .failed: exitCode = 1
        case .late: attempts = 2
        }
        return AtomRecord(
            buildID: build,
            subjobID: SubjobID(id),
            id: 0,
            atom: Atom(variable: "T", value: ByteString([0xFF, UInt8(id)])),
            state: .completed,
            result: AtomResult(exitCode: exitCode, seconds: seconds),
            attempts: attempts
        )
    }

    private func passes(_ count: Int, _ seconds: Double = 1) -> [Run?] {
        Array(repeating: .passed(seconds), count: count)
    }

    @Test func `An atom that fails in the last builds and passed in all before is newly failing`() async throws {
        let change = try #require(try await changes(passes(3) + [.failed, .failed]).first)
        #expect(change.kind == .failing(since: 4, builds: 2))
        #expect(change.atom.value == ByteString([0xFF, 1]))
        #expect(change.build == 5 && change.subjob == 1 && change.id == 0)
        #expect(
            try await changes(passes(30) + [.failed, .failed, .failed]).map(\.kind) == [.failing(since: 31, builds: 3)]
        )
    }

    @Test func `One failure, few builds, an atom that failed before, and one that is gone are no news`() async throws {
        #expect(try await changes(passes(9) + [.failed]) == [])
        #expect(try await changes(passes(2) + [.failed, .failed]) == [])
        #expect(try await changes([.failed, .failed, .failed]) == [])
        #expect(try await changes([.failed] + passes(5) + [.failed, .failed]) == [])
        #expect(try await changes(passes(5) + [.failed, .failed, .passed(1)]) == [])
        #expect(try await changes(passes(5) + [.failed, .failed, nil]) == [])
    }

    @Test func `An atom that passes late in several of the last builds, and never did before, is newly flaky`()
        async throws
    {
        let runs = passes(7) + [.late, .passed(1), .late]
        #expect(try await changes(runs).map(\.kind) == [.flaky(since: 8, builds: 2)])
        #expect(try await changes(passes(8) + [.late]) == [], "once is chance")
        #expect(try await changes([.late] + passes(7) + [.late, .late]) == [], "it was flaky before")
        #expect(try await changes(passes(4) + [.late, .passed(1), .late]) == [], "too few builds")
    }

    @Test func `An atom is slower if all its last runs are, clearly and beyond what is usual`() async throws {
        let runs = passes(5, 4) + [.passed(6), .passed(6.5), .passed(7)]
        #expect(try await changes(runs).map(\.kind) == [.slower(before: 4, now: 6.5)])
        #expect(try await changes(passes(5, 4) + passes(2, 6)) == [], "two runs")
        #expect(try await changes(passes(4, 4) + passes(3, 6)) == [], "too few before")
        #expect(try await changes(passes(5, 4) + passes(3, 4.9)) == [], "less than a second more")
        #expect(try await changes(passes(5, 40) + passes(3, 45)) == [], "an eighth more")
        let wild = [4.0, 12, 4, 12, 4, 12].map { Run.passed($0) }
        #expect(try await changes(wild + passes(3, 13)) == [], "the usual spread")
        #expect(
            try await changes(passes(5, 4) + [.passed(6), .failed, .passed(6)]) == [],
            "a failure's time says nothing"
        )
    }

    @Test func `Builds that were canceled, cut short, or ran a few atoms only are not compared`() async throws {
        let runs = passes(3) + [.failed, .failed]
        #expect(try await changes(runs) { if $0.id > 3 { $0.state = .canceled } } == [])
        #expect(try await changes(runs) { if $0.id > 3 { $0.progress.unrunAtoms = 1 } } == [])
        #expect(try await changes(runs) { if $0.id > 3 { $0.progress.atoms = 1 } else { $0.progress.atoms = 9 } } == [])
        #expect(try await changes(runs) { $0.progress.atoms = $0.id > 3 ? 5 : 9 }.count == 1)
    }
}
