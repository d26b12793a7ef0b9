import ClusterRunnerPlugin
import Foundation
import Testing

/// Services under a service manager that speaks the protocol of systemd.
@Suite(.timeLimit(.minutes(20)))
struct SystemdTests {
    /// The words before a program that systemd would start, with a watchdog of 0.4 s.
    private func entrance(_ receiver: DatagramReceiver, watchdog: Int = 400_000) -> [String] {
        ["/usr/bin/env", "NOTIFY_SOCKET=\(receiver.name)", "WATCHDOG_USEC=\(watchdog)"]
    }

    private func withReceivers(
        _ body: (RunningCluster, _ forMaster: DatagramReceiver, _ forSlave: DatagramReceiver) async throws -> Void
    ) async throws {
        try await RunningCluster.withNothing { cluster in
            let master = try DatagramReceiver("\(cluster.scratch)/notify")
            let slave = try DatagramReceiver("@clusterrunner-\(UUID())")
            defer { for receiver in [master, slave] { receiver.end() } }
            try await body(cluster, master, slave)
        }
    }

    @Test func `Master and slave tell systemd that they are ready, that they live and that they end`() async throws {
        try await withReceivers { cluster, forMaster, forSlave in
            let master = try await cluster.startMaster(through: entrance(forMaster))
            let ready = try await forMaster.message(with: "READY=1")
            #expect(ready == "READY=1\nSTATUS=Listening on http://127.0.0.1:\(cluster.port).")
            let slave = try await cluster.addSlave(
                named: "slave",
                executors: 2,
                master: cluster.port,
                through: entrance(forSlave)
            )
            let address = "the master at 127.0.0.1:\(cluster.port)"
            #expect(try await forSlave.message(with: "READY=1") == "READY=1\nSTATUS=Connecting to \(address).")
            try await forSlave.message(with: "STATUS=Connected to \(address) as slave 1.")
            try await forSlave.message(with: "WATCHDOG=1", after: forSlave.all.count)
            try await forMaster.message(with: "STATUS=Slaves: 1, executors: 2, unfinished builds: 0.")
            try await forMaster.message(with: "WATCHDOG=1", after: forMaster.all.count)
            slave.send(SIGTERM)
            master.send(SIGTERM)
            let status = "STATUS=Finishing running work before the end."
            #expect(
                try await forSlave.message(with: "STOPPING=1")
                    == "STOPPING=1\nEXTEND_TIMEOUT_USEC=1260000000\n\(status)"
            )
            #expect(
                try await forMaster.message(with: "STOPPING=1")
                    == "STOPPING=1\nEXTEND_TIMEOUT_USEC=660000000\n\(status)"
            )
            #expect(try await [master.exitCode(), slave.exitCode()] == [0, 0])
        }
    }

    @Test func `A slave is ready, and lives, without its master`() async throws {
        try await withReceivers { cluster, _, receiver in
            let config = try cluster.writeConfiguration("slave")
            let port = try Socket.stablePort()
            let arguments = ["slave", "--port", "0", "--master-url", "127.0.0.1:\(port)", "--config-file", config]
            _ = try cluster.start("slave", arguments, through: entrance(receiver))
            try await receiver.message(with: "READY=1")
            for _ in 0..<3 { try await receiver.message(with: "WATCHDOG=1", after: receiver.all.count) }
            let away = "STATUS=Connecting to the master at 127.0.0.1:\(port) again."
            try await receiver.message(with: away)
        }
    }

    @Test func `A master that waits for its database says so, and is not restarted for it`() async throws {
        try await withReceivers { cluster, receiver, _ in
            // The probe must be canceled after the database's own patience, which is a second.
            try await cluster.startMaster(through: entrance(receiver, watchdog: 8_000_000))
            try await receiver.message(with: "WATCHDOG=1")
            let release = try NamedPipe("\(cluster.scratch)/release")
            let database = "\(cluster.scratch)/master/master/clusterrunner.db"
            let script = """
                import sqlite3, sys
                database = sqlite3.connect(sys.argv[1], isolation_level=None)
                database.execute("BEGIN IMMEDIATE")
                print("It is locked now.", flush=True)
                open(sys.argv[2]).read()
                """
            let arguments = ["python3", "-c", script, database, release.path]
            let holder = try RunningProgram("holder", "/usr/bin/env", arguments, in: cluster.scratch)
            cluster.keep(holder)
            _ = try await holder.line(after: "It is locked")
            let waiting = try await receiver.message { $0.contains("STATUS=Cannot write to the database") }
            #expect(waiting.contains("Another program holds it"))
            try await receiver.message(with: "WATCHDOG=1", after: receiver.all.count)
            let locked = receiver.all.count
            try await release.write("now")
            try await receiver.message(with: "STATUS=Slaves: 0, executors: 0, unfinished builds: 0.", after: locked)
            #expect(try await holder.exitCode() == 0)
        }
    }

    @Test func `Jobs and atomizers do not see the variables of systemd`() async throws {
        try await withReceivers { cluster, forMaster, forSlave in
            try await cluster.startMaster(through: entrance(forMaster))
            try await cluster.addSlave(
                named: "slave",
                executors: 1,
                master: cluster.port,
                through: entrance(forSlave)
            )
            let seen = "env | grep -e ^NOTIFY_SOCKET -e ^WATCHDOG_ || true"
            let job: JSONValue = [
                "commands": [.string("test \"$SEEN$(\(seen))\" = seen:")],
                "atomizers": [["SEEN": .string("echo \"seen:$(\(seen))\"")]],
            ]
            let build = try await cluster.run(try cluster.inline(job))
            #expect(build["status"] == "SUCCESS", "\(build)")
        }
    }

    @Test func `A socket that is not there is a warning, and the service works on`() async throws {
        try await RunningCluster.withNothing { cluster in
            let socket = "NOTIFY_SOCKET=\(cluster.scratch)/nothing"
            let master = try await cluster.startMaster(through: ["/usr/bin/env", socket])
            _ = try await master.line(
                after: "systemd could not be told READY through NOTIFY_SOCKET: No such file or directory."
            )
            await master.end()
            let wrong = try await cluster.startMaster(through: ["/usr/bin/env", "NOTIFY_SOCKET=vsock:2:1"])
            _ = try await wrong.line(after: "NOTIFY_SOCKET is \"vsock:2:1\". It must be an absolute path")
        }
    }
}
