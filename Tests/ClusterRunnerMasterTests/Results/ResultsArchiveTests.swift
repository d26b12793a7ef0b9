import ClusterRunnerArchive
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite struct ResultsArchiveTests {
    private let record = BuildRecord(
        id: 1,
        projectType: "directory",
        parameters: ProjectParameters([:]),
        jobName: "Unit",
        job: Job(name: "Unit", command: "run it", atomizers: []),
        state: .finished
    )

    private func atom(_ id: AtomIndex, subjob: SubjobID = 0, _ result: AtomResult?) -> AtomRecord {
        let atom = Atom(variable: "A", value: "v\(id)")
        return AtomRecord(
            buildID: 1,
            subjobID: subjob,
            id: id,
            atom: atom,
            state: result == nil ? .canceled : .completed,
            result: result
        )
    }

    private func entries(
        _ atoms: [AtomRecord],
        _ attempts: [AttemptRecord] = [],
        in directory: String,
        of selection: ResultsSelection = .all
    ) async throws -> [ArchiveEntry] {
        let store = try SQLiteBuildStore.inMemory()
        let subjobs = Set(atoms.map(\.subjobID)).sorted().map { id in
            SubjobRecord(buildID: 1, id: id, atomCount: atoms.count { $0.subjobID == id })
        }
        let changes = [.build(record), .subjobs(subjobs), .atoms(atoms)] + attempts.map(StoreChange.attempt)
        try await store.enqueue(changes).durable()
        var archive = ResultsArchive(build: record, store: store, folders: MasterFolders(base: directory))
        archive.selection = selection
        return try await archive.entries().reduce(into: []) { $0 += $1 }
    }

    private func text(_ entry: ArchiveEntry?) -> String? {
        guard case .bytes(let bytes) = entry?.content else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        arguments: [
            (.all, ["artifact_0_0", "artifact_0_1", "artifact_0_2", "ctrf.json", "failures.txt", "junit.xml"]),
            (.failed, ["artifact_0_1", "artifact_0_2", "ctrf.json", "failures.txt", "junit.xml"]),
            (.none, ["ctrf.json", "failures.txt", "junit.xml"]),
        ] as [(ResultsSelection, [String])]
    )
    func `Only selected atoms have a directory, and the report names all`(
        selection: ResultsSelection,
        names: [String]
    ) async throws {
        func result(_ exitCode: Int) -> AtomResult {
            AtomResult(exitCode: exitCode, seconds: 1, console: .inline([]))
        }
        var flaky = atom(2, result(0))
        flaky.attempts = 2
        let entries = try await entries([atom(0, result(0)), atom(1, result(1)), flaky], in: "/nowhere", of: selection)
        let found = Set(entries.map { $0.path.description.prefix { $0 != "/" } })
        #expect(found.map(String.init).sorted() == names)
        let report = try #require(entries.first { $0.path == "junit.xml" }?.content)
        guard case .bytes(let bytes) = report else { throw ClusterRunnerError(.failed, "It is a file.") }
        #expect(String(decoding: bytes, as: UTF8.self).contains("tests=\"3\""))
    }

    @Test func `Each atom that ran has a folder, and the reports come last`() async throws {
        let entries = try await withScratchDirectory { directory in
            try await self.entries(
                [
                    atom(0, AtomResult(exitCode: 0, seconds: 1, console: .inline(Array("hi\n".utf8)))),
                    atom(1, AtomResult(exitCode: 2, seconds: 0.126)), atom(2, nil),
                ],
                in: directory
            )
        }
        let files = ["command", "exit_code", "time", "console_output"].map { "clusterrunner_\($0)" }
        #expect(
            entries.map(\.path) == files.map { "artifact_0_0/\($0)" } + files.map { "artifact_0_1/\($0)" }
                + ["failures.txt", "junit.xml", "ctrf.json"]
        )
        let byPath = Dictionary(uniqueKeysWithValues: entries.map { ($0.path, $0) })
        #expect(text(byPath["artifact_0_0/clusterrunner_command"]) == "export A=\"v0\"; run it\n")
        #expect(text(byPath["artifact_0_0/clusterrunner_console_output"]) == "hi\n")
        #expect(text(byPath["artifact_0_1/clusterrunner_exit_code"]) == "2\n")
        #expect(text(byPath["artifact_0_1/clusterrunner_time"]) == "0.13\n")
        #expect(text(byPath["failures.txt"]) == "artifact_0_1\n")
    }

    @Test func `A build without failures has no list of them, and one without atoms a report`() async throws {
        try await withScratchDirectory { directory in
            let passed = try await self.entries([atom(0, AtomResult(exitCode: 0, seconds: 1))], in: directory)
            #expect(!passed.map(\.path).contains("failures.txt"))
            #expect(try await self.entries([], in: directory).map(\.path) == ["junit.xml", "ctrf.json"])
        }
    }

    @Test func `What earlier runs left is beside what the counting one left, under a free name`() async throws {
        try await withScratchDirectory { directory in
            let folders = MasterFolders(base: directory)
            let counting = folders.artifacts(build: 1, subjob: 0, atom: 0)
            try folders.create("\(counting)/attempt_1")
            let first = folders.attempt(build: 1, subjob: 0, atom: 0, number: 1)
            try folders.create(first)
            try "first".write(toFile: "\(first)/log.txt", atomically: true, encoding: .utf8)
            func attempt(_ number: Int, _ result: AtomResult, isObstructed: Bool = false) -> AttemptRecord {
                AttemptRecord(
                    buildID: 1,
                    subjobID: 0,
                    atomID: 0,
                    number: number,
                    result: result,
                    isObstructed: isObstructed
                )
            }
            var flaky = atom(0, AtomResult(exitCode: 0, seconds: 1, hasArtifacts: true))
            (flaky.attempts, flaky.obstructions) = (2, 1)
            let failed = AtomResult(exitCode: 3, seconds: 2, console: .inline(Array("one\n".utf8)), hasArtifacts: true)
            let noFolder = AtomResult(exitCode: 126, seconds: 0, cause: "no folder")
            let attempts = [attempt(1, failed), attempt(2, noFolder, isObstructed: true)]
            let entries = try await self.entries([flaky], attempts, in: directory)
            let names = entries.map(\.path.escaped).filter { $0.contains("attempt_") }
            #expect(
                names == [
                    "artifact_0_0/attempt_1", "artifact_0_0/clusterrunner_attempt_1/clusterrunner_exit_code",
                    "artifact_0_0/clusterrunner_attempt_1/clusterrunner_time",
                    "artifact_0_0/clusterrunner_attempt_1/clusterrunner_console_output",
                    "artifact_0_0/clusterrunner_attempt_1/log.txt", "artifact_0_0/attempt_2/clusterrunner_cause",
                    "artifact_0_0/attempt_2/clusterrunner_time", "artifact_0_0/attempt_2/clusterrunner_console_output",
                ]
            )
            let byPath = Dictionary(uniqueKeysWithValues: entries.map { ($0.path, $0) })
            #expect(text(byPath["artifact_0_0/clusterrunner_attempt_1/clusterrunner_exit_code"]) == "3\n")
            #expect(text(byPath["artifact_0_0/clusterrunner_attempt_1/clusterrunner_console_output"]) == "one\n")
            #expect(
                byPath["artifact_0_0/clusterrunner_attempt_1/log.txt"]?.content
                    == .item(at: ByteString("\(first)/log.txt"))
            )
            #expect(text(byPath["artifact_0_0/attempt_2/clusterrunner_cause"]) == "no folder\n")
        }
    }

    @Test func `Files that an atom left cannot replace what ClusterRunner knows`() async throws {
        try await withScratchDirectory { directory in
            let folders = MasterFolders(base: directory)
            let folder = folders.artifacts(build: 1, subjob: 0, atom: 0)
            try folders.create(folder)
            for name in ["clusterrunner_exit_code", "clusterrunner_console_output", "log.txt"] {
                try "forged".write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            }
            let small = AtomResult(exitCode: 1, seconds: 1, hasArtifacts: true)
            let entries = try await self.entries([atom(0, small)], in: directory)
            #expect(entries.filter { $0.path.escaped.hasSuffix("exit_code") }.map(text) == ["1\n"])
            #expect(entries.filter { $0.path.escaped.hasSuffix("console_output") }.map(text) == [""])
            #expect(entries.contains { $0.content == .item(at: "\(folder)/log.txt") })
            var large = small
            large.console = .file
            let others = try await self.entries([atom(0, large)], in: directory)
            #expect(
                others.filter { $0.path.escaped.hasSuffix("console_output") }.map(\.content)
                    == [.item(at: "\(folder)/clusterrunner_console_output")]
            )
        }
    }

    @Test func `More atoms than a page holds are all there, in order`() async throws {
        try await withScratchDirectory { directory in
            let atoms = (0..<1_001).map { atom(AtomIndex($0), AtomResult(exitCode: 1, seconds: 0)) }
            let entries = try await self.entries(atoms, in: directory)
            let failures = try #require(text(entries.first { $0.path == "failures.txt" }))
            #expect(failures == (0..<1_001).map { "artifact_0_\($0)\n" }.joined())
        }
    }
}
