import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerStore
import Testing

@testable import ClusterRunnerMaster

@Suite struct EarlierFailuresTests {
    private let store: SQLiteBuildStore
    private let job = JobName(project: "p", job: "Unit")

    init() throws {
        store = try SQLiteBuildStore.inMemory()
    }

    /// Stores an ended build with the exit codes of its atoms; nil is an atom that never ran.
    private func build(
        _ id: Int,
        _ codes: [String: Int?],
        parameters: [String: JSONValue] = [:],
        state: BuildState = .finished,
        project: String = "p"
    ) async throws {
        var record = BuildRecord(id: BuildID(id), projectType: "directory", parameters: ProjectParameters(parameters))
        (record.projectID, record.jobName, record.state) = (project, "Unit", state)
        record.progress.unrunAtoms = codes.values.count { $0 == nil }
        let subjob = SubjobRecord(buildID: record.id, id: 0, atomCount: codes.count)
        let atoms = codes.sorted { $0.key < $1.key }.enumerated().map { index, atom in
            var record = AtomRecord(
                buildID: record.id,
                subjobID: 0,
                id: AtomIndex(index),
                atom: Atom(variable: "T", value: atom.key)
            )
            record.state = atom.value == nil ? .canceled : .completed
            record.result = atom.value.map { AtomResult(exitCode: $0, seconds: 1) }
            return record
        }
        try await store.enqueue([.build(record), .subjobs([subjob]), .atoms(atoms)]).durable()
    }

    private var failed: [String]? {
        get async throws { try await EarlierFailures(of: job, in: store)?.atoms.map(\.value.escaped).sorted() }
    }

    @Test func `Without a build of the job nothing is known`() async throws {
        try await build(1, ["a": 1], project: "another")
        #expect(try await failed == nil)
    }

    @Test func `Failures of the last whole build count, older ones do not`() async throws {
        try await build(1, ["a": 1, "b": 1])
        try await build(2, ["a": 0, "b": 1, "c": 1])
        #expect(try await failed == ["b", "c"])
    }

    @Test func `A build of some atoms judges those only`() async throws {
        try await build(1, ["a": 1, "b": 1, "c": 0])
        try await build(2, ["a": 0], parameters: ["atoms_filter": ["a"]])
        #expect(try await failed == ["b"])
        try await build(3, ["b": 0, "c": 1], parameters: ["only_failed": true])
        #expect(try await failed == ["c"])
    }

    @Test func `Atoms that a canceled or ended build did not run keep their last result`() async throws {
        try await build(1, ["a": 1, "b": 1, "c": 0])
        try await build(2, ["a": 0, "b": nil, "c": nil], state: .canceled)
        #expect(try await failed == ["b"])
        try await build(3, ["a": 0, "b": nil, "c": 1])
        #expect(try await failed == ["b", "c"])
    }

    @Test func `Only listed atoms are chosen, and none is an error`() async throws {
        try await build(1, ["a": 1, "b": 1])
        let earlier = try #require(try await EarlierFailures(of: job, in: store))
        let listed = ["b", "c"].map { Atom(variable: "T", value: $0) }
        #expect(try earlier.choose(from: listed, of: "Unit") == [listed[0]])
        let error = #expect(throws: ClusterRunnerError.self) { try earlier.choose(from: [listed[1]], of: "Unit") }
        #expect(error?.message == "None of the 2 atoms of the job \"Unit\" that failed up to build 1 is still listed.")
        try await build(2, ["a": 0, "b": 0])
        let mended = try #require(try await EarlierFailures(of: job, in: store))
        let nothing = #expect(throws: ClusterRunnerError.self) { try mended.choose(from: listed, of: "Unit") }
        #expect(nothing?.message.hasSuffix("up to build 2, so there is nothing to run.") == true)
    }
}
