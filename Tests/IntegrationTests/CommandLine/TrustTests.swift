import ClusterRunnerPlugin
import Foundation
import Testing

/// The certificates that slaves and commands trust.
@Suite(.timeLimit(.minutes(20)))
struct TrustTests {
    /// Starts a master that speaks TLS with a certificate of its own; returns its address.
    private func startMaster(_ cluster: RunningCluster) async throws -> String {
        let make = try RunningProgram(
            "openssl",
            "/usr/bin/env",
            [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem",
            ],
            in: cluster.scratch
        )
        try #require(await make.exitCode() == 0, "\(make.output)")
        let files = "https_cert_file = \(cluster.scratch)/cert.pem\nhttps_key_file = \(cluster.scratch)/key.pem"
        let config = try cluster.writeConfiguration("master", files)
        let master = try cluster.start("master", ["master", "--port", "0", "--config-file", config])
        return "https://127.0.0.1:\(try await master.line(after: "The master listens on https://127.0.0.1:"))"
    }

    @Test func `https_ca_file lets slaves and commands trust a private certificate, without its key`() async throws {
        try await RunningCluster.withNothing { cluster in
            let address = try await startMaster(cluster)
            let trust = "https_ca_file = \(cluster.scratch)/cert.pem"
            let options = ["--master-url", address, "--config-file"]
            let slave = try cluster.start(
                "slave",
                ["slave", "--port", "0", "--verbose"] + options + [cluster.writeConfiguration("slave", trust)]
            )
            _ = try await slave.line(after: "Connected to the master")
            let status = try await cluster.run(["slaves"] + options + [cluster.writeConfiguration("client", trust)])
            #expect(status.code == 0 && status.output.contains("idle"), "\(status.output)")
        }
    }

    @Test func `Without it the error names it, and a file that is none is named`() async throws {
        try await RunningCluster.withNothing { cluster in
            let address = try await startMaster(cluster)
            let options = ["status", "--master-url", address, "--config-file"]
            let bare = try await cluster.run(options + [cluster.writeConfiguration("bare")])
            #expect(bare.code == 2)
            #expect(bare.output.contains("https_ca_file names the certificate to trust"), "\(bare.output)")
            for (name, text) in [("missing", nil), ("text", "no certificate")] {
                let file = "\(cluster.scratch)/\(name).pem"
                if let text { try text.write(toFile: file, atomically: true, encoding: .utf8) }
                let wrong = try cluster.writeConfiguration(name, "https_ca_file = \(file)")
                let (code, output) = try await cluster.run(options + [wrong])
                #expect(code == 2 && output.contains(file), "\(output)")
            }
        }
    }
}
