import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

@Suite(.timeLimit(.minutes(20)))
struct CancelTests {
    @Test func `Cancel ends everything an atom started, runs the teardown, and leaves the slave idle`() async throws {
        try await RunningCluster.with(executors: 1) { cluster in
            let started = try NamedPipe("\(cluster.scratch)/started")
            let tornDown = try NamedPipe("\(cluster.scratch)/torn-down")
            let job: JSONValue = [
                "commands": [.string("sleep 1000 & echo $$ $! > '\(started.path)'; wait")],
                "atomizers": [["N": "seq 3"]],
                "teardown_build": [.string("echo yes > '\(tornDown.path)'")],
            ]
            let id = try await cluster.request(try cluster.inline(job))
            let processes = try await started.read().split(separator: " ").compactMap { pid_t($0) }
            #expect(processes.map(Processes.isRunning) == [true, true])
            try await expectRefusals(id, cluster)
            let answer = try await cluster.http.sendSigned("PUT", "/v1/build/\(id)", ["status": "canceled"])
            #expect(answer.status == 200)
            #expect(try answer.json() == ["STATUS": "SUCCESS", "message": .string("Build \(id) is canceled.")])
            #expect(try await tornDown.read() == "yes")
            #expect(processes.map(Processes.isRunning) == [false, false])
            try await cluster.idle()
            let build = try await cluster.http.get("/v1/build/\(id)")["build"]
            #expect(build["state"] == "CANCELED")
            #expect(build["status"] == "FAILURE")
            let again = try await cluster.http.sendSigned("PUT", "/v1/build/\(id)", ["status": "canceled"])
            #expect(try again.json()["message"] == .string("Build \(id) had ended before."))
            let next = try await cluster.run(
                try cluster.inline(["commands": ["exit 0"], "atomizers": [["N": "echo 1"]]])
            )
            #expect(next["status"] == "SUCCESS")
        }
    }

    @Test func `Cancel ends the atomizer of a build that is being prepared`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let started = try NamedPipe("\(cluster.scratch)/started")
            let job: JSONValue = [
                "commands": ["exit 0"],
                "atomizers": [["N": .string("sleep 1000 & echo $$ $! > '\(started.path)'; wait")]],
            ]
            let id = try await cluster.request(try cluster.inline(job))
            let processes = try await started.read().split(separator: " ")
            #expect(processes.count == 2)
            #expect(try await cluster.http.get("/v1/build/\(id)")["build"]["state"] == "PREPARING")
            let answer = try await cluster.http.sendSigned("PUT", "/v1/build/\(id)", ["status": "canceled"])
            #expect(answer.status == 200)
            #expect(try await cluster.ended(id)["state"] == "CANCELED")
            // Returns when both have ended.
            for process in processes { try await shell("tail --pid=\(process) -f /dev/null", in: cluster.scratch) }
        }
    }

    private func expectRefusals(_ id: BuildID, _ cluster: RunningCluster) async throws {
        let unsigned = try await cluster.http.send("PUT", "/v1/build/\(id)", body: #"{"status": "canceled"}"#)
        #expect(unsigned.status == 401)
        let banana = try await cluster.http.sendSigned("PUT", "/v1/build/\(id)", ["status": "banana"])
        #expect(banana.status == 400)
        #expect(
            try banana.json()["error"]
                == "Value (banana) is not in list of allowed values (['canceled']) for status"
        )
        #expect(try await cluster.http.get("/v1/build/\(id)")["build"]["status"] == "BUILDING")
    }
}
