import ClusterRunnerPlugin
import Foundation
import Testing

@Suite(.timeLimit(.minutes(20)))
struct LargeArtifactTests {
    @Test func `An artifact of 200 MB arrives as it was, without being held in memory`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let master = try #require(cluster.master)
            let slave = try await cluster.addSlave(executors: 1)
            // Half of it is noise, so that it can neither be compressed nor skipped.
            let job = """
                Tests:
                  commands:
                    - (head -c 100M /dev/urandom; head -c 100M /dev/zero) > "$ARTIFACT_DIR/large"
                    - sha256sum < "$ARTIFACT_DIR/large"
                  atomizers: [{N: echo 1}]
                """
            let id = try await cluster.request(try await cluster.git(Project(jobFile: job)))
            #expect(try await cluster.ended(id)["status"] == "SUCCESS")
            let output = try await cluster.http.get("/v1/build/\(id)/subjob/0/atom/0/console")["content"]
            let url = "http://127.0.0.1:\(cluster.port)/v1/build/\(id)/artifacts.tar.gz"
            let received = try await shell(
                "curl -sf '\(url)' | tar -xzO artifact_0_0/large | sha256sum",
                in: cluster.scratch
            )
            #expect(output == .string("\(received)\n"))
            guard !Product.isForThreadSanitizer else { return }
            #expect(try Processes.peakMemory(of: master.id) < 150 << 20)
            #expect(try Processes.peakMemory(of: slave.id) < 150 << 20)
        }
    }
}
