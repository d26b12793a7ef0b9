import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Testing

@testable import ClusterRunnerMaster

struct HistoryRoutesTests {
    private func fill(_ store: any BuildStore) async throws {
        var build = BuildRecord(id: 1, projectType: "directory", parameters: ProjectParameters([:]), state: .finished)
        (build.projectID, build.jobName, build.result) = ("/a project", "Unit & more", .failure)
        build.timestamps = [.queued: 99, .preparing: 100, .finished: 110]
        build.progress = BuildProgress(
            subjobs: 1,
            atoms: 1,
            completedSubjobs: 1,
            completedAtoms: 1,
            failedAtoms: 1
        )
        let atom = AtomRecord(
            buildID: 1,
            subjobID: 0,
            id: 0,
            atom: Atom(variable: "T", value: "a test"),
            state: .completed,
            result: AtomResult(exitCode: 1, seconds: 4, console: .inline(Array("one\ntwo 2\n".utf8))),
            attempts: 1,
            slaveID: 9,
            executor: 0,
            startedAt: 101
        )
        let subjob = SubjobRecord(buildID: 1, id: 0, atomCount: 1, state: .completed)
        let event = EventRecord(tag: "SLAVE_CONNECTED", timestamp: 1, data: ["slave_id": 9, "url": "host:1"])
        try await store.enqueue([.build(build), .subjobs([subjob]), .atoms([atom]), .event(event)]).durable()
    }

    @Test func `Timeline, history, slaves and search are answered from the store`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                try await fill(master.store)
                let timeline = try await master.web.get("/v1/build/1/timeline").json
                #expect(timeline["start"] == 101 && timeline["end"] == 110)
                let executor = timeline["executors"]?.array?.first?.object
                #expect(executor?["slave_id"] == 9 && executor?["executor"] == 0)
                #expect(
                    executor?["spans"] == [
                        [
                            "kind": "atom", "start": 101, "end": 105, "subjob": 0, "atom": 0, "name": "a test",
                            "state": "failed",
                        ]
                    ]
                )
                let history = try await master.web.get("/v1/history?project=/a%20project&job=Unit+%26%20more").json
                #expect(history["builds"]?.array?.first?.object?["duration"] == 10)
                #expect(history["slowest_atoms"]?.array?.first?.object?["value"] == "a test")
                let jobs = try await master.web.get("/history").json
                #expect(
                    jobs["jobs"] == [
                        ["project": "/a project", "job": "Unit & more", "num_builds": 1, "newest_build_id": 1]
                    ]
                )
                let events = try await master.web.get("/v1/slave/9/history").json["events"]?.array
                #expect(events?.map { $0.object?["url"] } == ["host:1"])
                let found = try await master.web.get("/v1/build/1/subjob/0/atom/0/console/search?text=TWO%202").json
                #expect(found["lines"] == [["line": 1, "content": "two 2"]])
                #expect(found["next_offset_line"] == .null)
            }
        }
    }

    @Test(arguments: [
        ("/v1/history?job=Unit", 400, "Give both \"project\" and \"job\", or neither."),
        ("/v1/slave/10/history", 404, "Invalid slave id: 10."), ("/v1/build/2/timeline", 404, "Invalid build id: 2."),
        (
            "/v1/build/1/subjob/0/atom/0/console/search", 400,
            "Say what to look for: \"text\" in the query is missing."
        ),
    ])
    func `What is asked for wrongly is refused in a sentence`(path: String, status: Int, error: String) async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                try await fill(master.store)
                let answer = try await master.web.get(path)
                #expect(answer.status == status)
                #expect(answer.error == error)
            }
        }
    }
}
