import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

@Suite(.timeLimit(.minutes(20)))
struct SlaveEndTests {
    /// Starts a build whose atom never ends, and returns the processes of the atom.
    private func startEndlessBuild(
        _ cluster: RunningCluster,
        tornDown: NamedPipe
    ) async throws -> (build: BuildID, processes: [pid_t]) {
        let started = try NamedPipe("\(cluster.scratch)/started")
        let job: JSONValue = [
            "commands": [.string("sleep 1000 & echo $$ $! > '\(started.path)'; wait")],
            "atomizers": [["N": "echo 1"]],
            "teardown_build": [.string("echo yes > '\(tornDown.path)'")],
        ]
        let build = try await cluster.request(try cluster.inline(job))
        return (build, try await started.read().split(separator: " ").compactMap { pid_t($0) })
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `A slave that is told twice to end does not wait for what it runs`(_ signal: Int32) async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let slave = try await cluster.addSlave(executors: 1)
            let tornDown = try NamedPipe("\(cluster.scratch)/torn-down")
            let (build, processes) = try await startEndlessBuild(cluster, tornDown: tornDown)
            slave.send(signal)
            try await cluster.poll("/v1/slave/1") { $0["slave"]["is_in_shutdown_mode"] == true }
            #expect(processes.map(Processes.isRunning) == [true, true])
            slave.send(signal)
            #expect(try await tornDown.read() == "yes")
            #expect(try await slave.exitCode() == 0, "\(slave.output)")
            #expect(processes.map(Processes.isRunning) == [false, false])
            #expect(try await cluster.http.get("/v1/build/\(build)")["build"]["status"] == "BUILDING")
        }
    }

    @Test func `A slave that is told to end while its master is away ends what it runs`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let slave = try await cluster.addSlave(executors: 1)
            let tornDown = try NamedPipe("\(cluster.scratch)/torn-down")
            let (_, processes) = try await startEndlessBuild(cluster, tornDown: tornDown)
            let master = try #require(cluster.master)
            master.send(SIGKILL)
            try await master.exitCode()
            slave.send(SIGTERM)
            #expect(try await tornDown.read() == "yes")
            #expect(try await slave.exitCode() == 0, "\(slave.output)")
            #expect(processes.count == 2)
            #expect(processes.map(Processes.isRunning) == [false, false])
        }
    }
}
