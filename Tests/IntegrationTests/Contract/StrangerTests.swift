import ClusterRunnerPlugin
import Foundation
import Testing

/// Idle connections of strangers, more than a master can hold.
@Suite(.timeLimit(.minutes(20))) struct StrangerTests {
    /// Returns the soft and the hard limit of open files of a process.
    private func limits(of process: pid_t) throws -> [Substring] {
        let text = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("Max open files") })
        return Array(line.split(separator: " ").dropFirst(3).prefix(2))
    }

    @Test func `The limit of open files is raised, and idle strangers keep no slave out`() async throws {
        try await RunningCluster.withNothing { cluster in
            let master = try await cluster.startMaster(through: ["/usr/bin/prlimit", "--nofile=128:512"])
            #expect(try limits(of: master.id) == ["512", "512"])
            // Half of them are for connections, so these are more than twice the maximum.
            var strangers: [Int32] = []
            defer { for stranger in strangers { close(stranger) } }
            for _ in 0..<600 { strangers.append(try Socket.connect(to: cluster.port)) }
            try await cluster.addSlave(executors: 2)
            for _ in 0..<100 { strangers.append(try Socket.connect(to: cluster.port)) }
            let job: JSONValue = ["commands": ["true"], "atomizers": [["N": "seq 20"]]]
            let build = try await cluster.run(try cluster.inline(job))
            #expect(build["result"] == "NO_FAILURES", "\(build)\n\(cluster.logs)")
            #expect(cluster.logs.contains("connections without a signature were closed to keep room for slaves"))
        }
    }

    @Test func `A client that leaves in the middle of a body leaves no error in the log`() async throws {
        try await RunningCluster.withNothing { cluster in
            let master = try await cluster.startMaster()
            let socket = try Socket.connect(to: cluster.port)
            let head =
                "POST /v1/build HTTP/1.1\r\nHost: x\r\n\(PlainHTTP.digestHeader): 0\r\nContent-Length: 9\r\n\r\n{"
            #expect(Socket.write(Data(head.utf8), to: socket))
            close(socket)
            // Answered after the master has seen the end of the other connection.
            for _ in 0..<20 { _ = try await cluster.http.get("/v1/version") }
            #expect(!master.output.contains("ERROR"), "\(master.output)")
        }
    }
}
