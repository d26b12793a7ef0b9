import ClusterRunnerPlugin
import Foundation
import Testing

@Suite(.timeLimit(.minutes(20)))
struct ObstacleTests {
    /// Leaves a program fewer free descriptors than a command may take.
    private func takeDescriptors(of program: RunningProgram) async throws {
        try await shell("prlimit --pid \(program.id) --nofile=$(($(ls /proc/\(program.id)/fd | wc -l) + 12)):", in: "/")
    }

    @Test func `A slave without descriptors for commands stays in touch, and others run everything`() async throws {
        try await RunningCluster.with(slaves: 1, executors: 1) { cluster in
            let slave = try await cluster.addSlave(executors: 2)
            try await takeDescriptors(of: slave)
            let job: JSONValue = ["commands": ["sleep 0.1"], "atomizers": [["N": "seq 12"]]]
            let build = try await cluster.run(try cluster.inline(job))
            #expect(build["result"] == "NO_FAILURES", "\(build)\n\(cluster.logs)")
            try await cluster.idle()
            let tags = try await cluster.http.get("/v1/eventlog")["events"].array?.compactMap { $0["__tag__"].string }
            #expect(tags?.contains("ATOM_COULD_NOT_RUN") == true)
            #expect(tags?.contains("SLAVE_LOST") == false && !slave.hasEnded, "\(cluster.logs)")
        }
    }
}
