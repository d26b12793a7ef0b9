import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire
import Testing

@Suite struct BuildRepresentationTests {
    private func record(_ state: BuildState, _ change: (inout BuildRecord) -> Void = { _ in }) -> BuildRecord {
        var record = BuildRecord(id: 12, projectType: "git", parameters: ProjectParameters([:]), state: state)
        if state.isFinal { record.result = .failure }
        change(&record)
        return record
    }

    private func members(
        _ record: BuildRecord,
        _ version: APIVersion = .v1,
        _ status: BuildRepresentation.Status = .documented,
        failed: [AtomRecord] = []
    ) throws -> [String: JSONValue] {
        let form = BuildRepresentation.Form(version: version, v1Status: status)
        return try #require(try json(BuildRepresentation(record, form, failedAtoms: failed)).object)
    }

    private static let keys: Set = [
        "id", "status", "result", "details", "num_subjobs", "num_atoms", "failed_atoms", "artifacts",
        "error_message", "notes", "request_params", "state_timestamps", "job_name", "flaky_atoms", "waiting_for",
        "branch", "commit", "project", "requester", "running_atoms",
        "progress", "num_cases", "failed_cases", "flaky_cases", "skipped_cases",
    ]

    @Test(arguments: BuildState.allCases)
    func `Every key is there in every state`(state: BuildState) throws {
        #expect(try Set(members(record(state)).keys) == Self.keys.union(["state"]))
        #expect(try Set(members(record(state), .v2).keys) == Self.keys)
        let timestamps = try members(record(state))["state_timestamps"]?.object
        #expect(timestamps?.keys.sorted() == BuildState.allCases.map { $0.rawValue.lowercased() }.sorted())
    }

    @Test(arguments: [BuildState.queued, .preparing, .prepared, .building])
    func `What is not known yet is null`(state: BuildState) throws {
        let build = try members(record(state))
        for key in ["result", "details", "num_subjobs", "num_atoms", "failed_atoms", "artifacts", "flaky_atoms"] {
            #expect(build[key] == .null, "\(key)")
        }
        #expect(build["id"] == 12)
    }

    @Test func `How far a build is needs nothing but its record and an outlook`() throws {
        let counts = BuildProgress(
            subjobs: 3,
            atoms: 9,
            completedAtoms: 4,
            failedAtoms: 2,
            flakyAtoms: 1,
            unrunAtoms: 3
        )
        let outlook = BuildOutlook(running: 5, secondsLeft: 12.345)
        let running = ProgressRepresentation(record(.building) { $0.progress = counts }, outlook)
        var expected: [String: JSONValue] = [
            "atoms": 9, "done": 4, "failed": 2, "flaky": 1, "never_ran": 3, "running": 5,
            "expected_seconds_left": .number(12.3),
        ]
        #expect(try text(running) == text(JSONValue.object(expected)))
        let ended = ProgressRepresentation(record(.canceled) { $0.progress = counts }, nil)
        (expected["running"], expected["expected_seconds_left"]) = (0, .number(0))
        #expect(try text(ended) == text(JSONValue.object(expected)))
        let unknown = ProgressRepresentation(record(.preparing), nil)
        expected = [
            "atoms": nil, "done": 0, "failed": 0, "flaky": 0, "never_ran": 0, "running": nil,
            "expected_seconds_left": nil,
        ]
        #expect(try text(unknown) == text(JSONValue.object(expected)))
    }

    @Test(arguments: [BuildState.finished, .error, .canceled])
    func `At the end everything has its value`(state: BuildState) throws {
        let build = try members(record(state))
        #expect(build["num_subjobs"] == 0 && build["num_atoms"] == 0)
        #expect(build["failed_atoms"] == [])
        #expect(build["artifacts"] == "/v1/build/12/artifacts.tar.gz")
        #expect(build["result"] == "FAILURE")
    }

    @Test(arguments: [
        (BuildState.queued, "BUILDING", "QUEUED"), (.preparing, "BUILDING", "QUEUED"),
        (.prepared, "BUILDING", "QUEUED"),
        (.building, "BUILDING", "BUILDING"), (.finished, "FAILURE", "FINISHED"), (.error, "FAILURE", "ERROR"),
        (.canceled, "FAILURE", "CANCELED"),
    ])
    func `The documented status of version 1 knows three values, the legacy one those of 1.x, and version 2 all`(
        state: BuildState,
        status: String,
        legacy: String
    ) throws {
        let build = record(state)
        #expect(try members(build)["status"] == .string(status))
        #expect(try members(build)["state"] == .string(state.rawValue))
        #expect(try members(build, .v1, .legacy)["status"] == .string(legacy))
        #expect(try members(build, .v1, .legacy)["state"] == .string(state.rawValue))
        #expect(try members(build, .v2)["status"] == .string(state.rawValue))
    }

    @Test func `A build in error has no result where tools of 1.x read it`() throws {
        #expect(try members(record(.error), .v1, .legacy)["result"] == .null)
        #expect(try members(record(.error))["result"] == "FAILURE")
        #expect(try members(record(.canceled), .v1, .legacy)["result"] == "FAILURE")
        #expect(try members(record(.error), .v2, .legacy)["result"] == "FAILURE")
    }

    @Test func `A build without failures is a success`() throws {
        let build = record(.finished) { $0.result = .noFailures }
        #expect(try members(build)["status"] == "SUCCESS")
        #expect(try members(build)["result"] == "NO_FAILURES")
    }

    @Test(arguments: [
        (534, 637, "534 of 637 subjobs are complete (83.8%)."), (0, 3, "0 of 3 subjobs are complete (0.0%)."),
        (1, 3, "1 of 3 subjobs are complete (33.3%)."), (2, 3, "2 of 3 subjobs are complete (66.7%)."),
        (3, 3, "3 of 3 subjobs are complete (100.0%)."), (1, 1000, "1 of 1000 subjobs are complete (0.1%)."),
        (1, 2000, "1 of 2000 subjobs are complete (0.1%)."), (1, 2001, "1 of 2001 subjobs are complete (0.0%)."),
    ])
    func `The details count the complete subjobs`(done: Int, total: Int, details: String) throws {
        let build = record(.building) { $0.progress = BuildProgress(subjobs: total, atoms: 1, completedSubjobs: done) }
        #expect(try members(build)["details"] == .string(details))
    }

    @Test func `Failed atoms are listed at the end`() throws {
        let atom = AtomRecord(
            buildID: 12,
            subjobID: 3,
            id: 1,
            atom: Atom(variable: "V", value: "x"),
            state: .completed,
            result: AtomResult(exitCode: 1, seconds: 2, cause: "timeout"),
            attempts: 2
        )
        let listed = try members(record(.finished), failed: [atom])["failed_atoms"]?.array
        #expect(try listed == [json(AtomRepresentation(atom))])
        #expect(try members(record(.building), failed: [atom])["failed_atoms"] == .null)
    }

    @Test(arguments: [
        ("https://user:pass@host/x", "https://***@host/x"), ("https://user@host/x", "https://***@host/x"),
        ("https://u:p@ss@host/x", "https://***@host/x"),
        ("ssh://git:p@host:22/x?a=b:c@d", "ssh://git:***@host:22/x?a=b:c@d"),
        ("https://host/a:b@c", "https://host/a:b@c"), ("git@host:x", "git@host:x"), ("plain", "plain"),
    ])
    func `Nobody reads the password of a URL`(given: String, shown: String) throws {
        let parameters = ProjectParameters(["url": .string(given), "count": 3])
        let build = BuildRecord(id: 1, projectType: "git", parameters: parameters)
        let request = try members(build)["request_params"]
        #expect(request == ["type": "git", "url": .string(shown), "count": 3])
    }
}
