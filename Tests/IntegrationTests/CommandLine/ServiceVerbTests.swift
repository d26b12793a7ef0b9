import ClusterRunnerPlugin
import Foundation
import Testing

@Suite(.timeLimit(.minutes(20)))
struct ServiceVerbTests {
    @Test func `stop ends the master and the slaves of a base directory`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let config = "\(cluster.scratch)/master.conf"
            let arguments = ["--master-url", "127.0.0.1:\(cluster.port)", "--config-file", config, "--verbose"]
            let slave = try cluster.start("slave", ["slave", "--port", "0"] + arguments)
            _ = try await slave.line(after: "Connected to the master")
            let master = try #require(cluster.master)
            let (code, output) = try await cluster.run(["stop", "--config-file", config])
            #expect(code == 0, "\(output)")
            #expect(
                output == """
                    master (process \(master.id)) has stopped.
                    slave-0 (process \(slave.id)) has stopped.

                    """
            )
            #expect(try await [master.exitCode(), slave.exitCode()] == [0, 0])
            let again = try await cluster.run(["stop", "--config-file", config])
            #expect(again.code == 0)
            #expect(again.output == "No service of \(cluster.scratch)/master is running.\n")
        }
    }

    @Test func `shutdown ends the slaves and leaves the master`() async throws {
        try await RunningCluster.with(slaves: 1) { cluster in
            let slave = try await cluster.addSlave(executors: 1)
            let config = "\(cluster.scratch)/master.conf"
            let arguments = ["--master-url", "127.0.0.1:\(cluster.port)", "--config-file", config]
            let one = try cluster.start("shutdown", ["shutdown", "--slave-id", "2"] + arguments)
            #expect(try await one.exitCode() == 0, "\(one.output)")
            #expect(try await slave.exitCode() == 0)
            // It was idle, so the answer came after it had left.
            #expect(try await cluster.http.get("/v1/slave/2")["slave"]["is_alive"] == false)
            #expect(try await cluster.http.get("/v1/slave/1")["slave"]["is_alive"] == true)
            let all = try cluster.start("shutdown", ["shutdown", "--all-slaves"] + arguments)
            #expect(try await all.exitCode() == 0, "\(all.output)")
            #expect(try await cluster.http.get("/v1/slave")["slaves"] == [])
            let unknown = try cluster.start("shutdown", ["shutdown", "-s", "7"] + arguments)
            #expect(try await unknown.exitCode() == 2)
            #expect(unknown.output.contains("Invalid slave id: 7."))
        }
    }

    @Test func `A second master on one base directory says who has it`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let master = try #require(cluster.master)
            let (code, output) = try await cluster.run(
                [
                    "master", "--port", "0", "--config-file", "\(cluster.scratch)/master.conf",
                ]
            )
            #expect(code == 2)
            #expect(
                output == """
                    clusterrunner: The base directory \(cluster.scratch)/master/master is in use by process \(master.id). \
                    Stop that, or set another base_directory.

                    """
            )
        }
    }

    @Test func `A master whose database cannot be written says so, and ends`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            await cluster.master?.end()
            let database = "\(cluster.scratch)/master/master/clusterrunner.db"
            // Not by its mode, which does not limit root.
            let script = "mount --bind $0 $0 && mount -o remount,ro,bind $0 && exec \"$@\""
            let arguments = ["master", "--port", "0", "--config-file", "\(cluster.scratch)/master.conf"]
            let entrance = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, database]
            let master = try cluster.start("read-only", arguments, through: entrance)
            #expect(try await master.exitCode() == 2)
            #expect(
                master.output == """
                    clusterrunner: Cannot write to the database "\(database)": Read-only file system. Make it and its \
                    directory writable.

                    """
            )
        }
    }

    @Test func `A slave that is told to end finishes what it runs, and leaves the rest to others`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let slave = try await cluster.addSlave(executors: 1)
            let (started, go) = try (NamedPipe("\(cluster.scratch)/started"), NamedPipe("\(cluster.scratch)/go"))
            let script = "if [ $N = 1 ]; then echo yes > '\(started.path)'; cat '\(go.path)'; fi"
            let id = try await cluster.request(
                try cluster.inline(["commands": [.string(script)], "atomizers": [["N": "seq 4"]]])
            )
            _ = try await started.read()
            slave.send(SIGTERM)
            try await cluster.poll("/v1/slave/1") { $0["slave"]["is_in_shutdown_mode"] == true }
            #expect(!slave.hasEnded)
            try await go.write("finished in peace")
            #expect(try await slave.exitCode() == 0, "\(slave.output)")
            let first = try await cluster.http.get("/v1/build/\(id)/subjob/0/atom/0/console")
            #expect(first["content"] == "finished in peace\n")
            #expect(try await cluster.http.get("/v1/build/\(id)")["build"]["status"] == "BUILDING")
            try await cluster.addSlave(executors: 1)
            #expect(try await cluster.ended(id)["status"] == "SUCCESS")
            let last = try await cluster.http.get("/v1/build/\(id)/subjob/3")["subjob"]
            #expect(last["slave_id"] == 2)
        }
    }
}
