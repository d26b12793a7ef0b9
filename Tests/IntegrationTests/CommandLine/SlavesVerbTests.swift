import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

/// Names of slaves, and the verbs that keep them from work.
@Suite(.timeLimit(.minutes(20)))
struct SlavesVerbTests {
    private func ask(_ cluster: RunningCluster, _ arguments: String...) async throws -> (code: Int32, output: String) {
        let options = [
            "--master-url", "127.0.0.1:\(cluster.port)", "--config-file", "\(cluster.scratch)/master.conf",
        ]
        return try await cluster.run(arguments + options)
    }

    private func addSlave(_ cluster: RunningCluster, named name: String) async throws -> RunningProgram {
        let settings = "[slave]\nslave_name = \(name)"
        return try await cluster.addSlave(named: name, executors: 1, master: cluster.port, settings: settings)
    }

    @Test func `A drained slave is left out until it is resumed, and a removed one ends`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let slave = try await addSlave(cluster, named: "build-07")
            let drained = try await ask(cluster, "slaves", "drain", "build-07")
            #expect(drained.code == 0)
            let sentence = "Slave 1 (build-07) finishes what it runs, and gets no more work until it is resumed.\n"
            #expect(drained.output == sentence)
            let list = try await ask(cluster, "slaves").output
            #expect(list.contains("    1  build-07  127.0.0.1:") && list.contains("  drained  "), "\(list)")
            let build = try await cluster.request(
                try cluster.inline(["commands": ["true"], "atomizers": [["N": "seq 2"]]])
            )
            let waiting = try await cluster.poll("/v1/build/\(build)") { answer in
                answer["build"]["waiting_for"].string?.hasPrefix("a free slave") == true
            }
            #expect(waiting["build"]["waiting_for"] == "a free slave: slave build-07 is drained")
            #expect(try await ask(cluster, "slaves", "resume", "1").output == "Slave 1 (build-07) gets work again.\n")
            #expect(try await cluster.ended(build)["status"] == "SUCCESS")
            try await cluster.idle()
            let removed = try await ask(cluster, "slaves", "remove", "build-07")
            #expect(removed.code == 0 && removed.output.contains("finishes what it runs, and exits."))
            #expect(try await slave.exitCode() == 0)
            let gone = try await ask(cluster, "slaves", "drain", "build-07")
            #expect(gone.code == 2 && gone.output.contains("No connected slave has the name or number \"build-07\"."))
        }
    }

    @Test func `A slave that is drained at work finishes it, also over a restart of the master`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let (started, go) = try (NamedPipe("\(cluster.scratch)/started"), NamedPipe("\(cluster.scratch)/go"))
            _ = try await addSlave(cluster, named: "a")
            let job: JSONValue = [
                "commands": [.string("echo > '\(started.path)'; cat '\(go.path)'")], "atomizers": [["N": "echo 1"]],
            ]
            let build = try await cluster.request(try cluster.inline(job))
            _ = try await started.read()
            #expect(try await ask(cluster, "slaves", "drain", "a").code == 0)
            let master = try #require(cluster.master)
            master.send(SIGKILL)
            try await master.exitCode()
            try await cluster.startMaster(port: cluster.port)
            try await cluster.poll("/v1/slave") { $0["slaves"][0]["is_draining"] == true }
            try await go.write("on")
            #expect(try await cluster.ended(build)["status"] == "SUCCESS")
            try await cluster.idle()
            let next = try await cluster.request(
                try cluster.inline(["commands": ["true"], "atomizers": [["N": "seq 2"]]])
            )
            _ = try await addSlave(cluster, named: "b")
            #expect(try await cluster.ended(next)["status"] == "SUCCESS")
            let subjob = try await cluster.http.get("/v1/build/\(next)/subjob/0")["subjob"]
            #expect(subjob["slave_id"] != .null)
            // The list for readers follows the decisions.
            let slaves = try await cluster.poll("/v1/slave") { answer in
                answer["slaves"].array?.contains { $0["name"] == "b" } == true
            }
            let b = try #require(slaves["slaves"].array?.first { $0["name"] == "b" })
            #expect(subjob["slave_id"] == b["id"] && b["version"].string?.isEmpty == false)
        }
    }

    @Test func `Running atoms are told with their slaves, in the list and on the page of a build`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let (started, go) = try (NamedPipe("\(cluster.scratch)/started"), NamedPipe("\(cluster.scratch)/go"))
            _ = try await addSlave(cluster, named: "build-07")
            let directory = "\(cluster.scratch)/project"
            let script = "echo > '\(started.path)'; cat '\(go.path)'"
            try Project(jobFile: "Tests: {commands: [\"\(script)\"], atomizers: [{TEST: echo tests/slow}]}")
                .write(to: directory)
            let options = [
                "--master-url", "127.0.0.1:\(cluster.port)", "--config-file", "\(cluster.scratch)/master.conf",
            ]
            _ = try await cluster.run(["build", "--detach"] + options, in: directory)
            _ = try await started.read()
            let shown = try await cluster.poll("/v1/build/1") { $0["build"]["running_atoms"].array?.isEmpty == false }
            let atom = shown["build"]["running_atoms"][0]
            #expect(atom["value"] == "tests/slow" && atom["slave"] == "build-07", "\(atom)")
            #expect(shown["build"]["requester"].string?.contains("@") == true)
            let list = try await ask(cluster, "status").output
            #expect(list.contains("\nBuild 1 runs tests/slow on build-07 for "), "\(list)")
            let one = try await ask(cluster, "status", "1").output
            #expect(one.contains("page:     http://127.0.0.1:\(cluster.port)/dashboard/builds/1\n"), "\(one)")
            #expect(one.contains("0/0   tests/slow       build-07"), "\(one)")
            try await go.write("on")
            #expect(try await cluster.ended(1)["running_atoms"] == [])
        }
    }
}
