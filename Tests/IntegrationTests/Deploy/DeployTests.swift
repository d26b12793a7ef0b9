import Foundation
import Testing

/// `clusterrunner deploy` to real hosts.
@Suite(.enabled(if: SSHHosts.arePossible, SSHHosts.need), .timeLimit(.minutes(20)))
struct DeployTests {
    private func arguments(_ cluster: RunningCluster, slaves: [String]) throws -> [String] {
        // The configuration that the hosts get: their own folders, and their own names.
        let config = "\(cluster.scratch)/deployed.conf"
        let text = "[general]\nsecret = \(RunningCluster.secret)\n"
        let isMade = FileManager.default.createFile(
            atPath: config,
            contents: Data(text.utf8),
            attributes: [.posixPermissions: 0o600]
        )
        try #require(isMade)
        return ["deploy", "--config-file", config, "-m", SSHHosts.name(0), "-s"] + slaves
            + ["-n", "2", "--master-port", "22100", "--slave-port", "22101", "--timeout", "50"]
    }

    @Test func `Three hosts become a cluster, and deploying again upgrades the program that runs`() async throws {
        try await SSHHosts.with([.usual, .usual, .usual]) { hosts, cluster in
            let names = (0..<3).map(SSHHosts.name)
            let arguments = try arguments(cluster, slaves: names) + hosts.options
            let (code, output) = try await hosts.run(arguments)
            #expect(code == 0, "\(output)")
            for name in names {
                #expect(output.contains("\(name): the program is copied ("), "\(output)")
                let slave = "\(name): slave: Connected to the master at 10.99.0.2:22100 as slave "
                #expect(output.contains(slave), "\(output)")
            }
            #expect(output.contains("root@10.99.0.2:2222: master: Listening on http://10.99.0.2:22100."), "\(output)")
            #expect(output.hasSuffix("Build with: clusterrunner build --master-url 10.99.0.2:22100\n"), "\(output)")
            try await checkSecret(cluster)
            try await build(on: hosts, cluster)

            // The same program with another digest.
            let newer = "\(cluster.scratch)/newer"
            try await shell("cp \(try Product.path()) newer; printf x >> newer", in: cluster.scratch)
            let again = try await hosts.run(arguments, program: newer)
            #expect(again.code == 0, "\(again.output)")
            for name in names {
                #expect(again.output.contains("\(name): the program is copied ("), "\(again.output)")
                #expect(again.output.contains("\(name): slave-22101 (process "), "\(again.output)")
            }
            try await build(on: hosts, cluster)
            let unchanged = try await hosts.run(arguments, program: newer)
            #expect(unchanged.output.contains("root@10.99.0.4:2222: the program is up to date."), "\(unchanged.output)")
        }
    }

    /// Checks that the secret is on the hosts in a file of their users alone, and on no command line.
    private func checkSecret(_ cluster: RunningCluster) async throws {
        for number in 0..<3 {
            let path = "\(cluster.scratch)/host\(number)/.clusterrunner/deploy/clusterrunner.conf"
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(try String(contentsOfFile: path, encoding: .utf8).contains(RunningCluster.secret))
        }
        for id in Processes.mentioning("22101") {
            let command = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") ?? Data()
            #expect(command.range(of: Data(RunningCluster.secret.utf8)) == nil)
        }
    }

    /// Builds a job with an atom for each host.
    private func build(on hosts: SSHHosts, _ cluster: RunningCluster) async throws {
        let config = #"{commands: [hostname > $ARTIFACT_DIR/host], atomizers: [T: seq 12], max_executors_per_slave: 2}"#
        let (code, output) = try await hosts.run(
            [
                "build", "directory", "--config", config, "--master-url", "10.99.0.2:22100", "--config-file",
                "\(cluster.scratch)/deployed.conf", "--project-directory", cluster.scratch, "--results",
                "\(cluster.scratch)/results",
            ]
        )
        #expect(code == 0, "\(output)")
        #expect(output.contains("12 of 12"), "\(output)")
    }

    @Test func `Each host that cannot be deployed has its sentence, and the others are deployed`() async throws {
        try await SSHHosts.with([.usual, .small, .locked, .strange]) { hosts, cluster in
            let names = (0..<4).map(SSHHosts.name)
            let down = "root@10.99.0.99:2222"
            let (code, output) = try await hosts.run(
                try arguments(cluster, slaves: names + [down]) + hosts.options
            )
            #expect(code == 2, "\(output)")
            let reasons = [
                (names[1], "there is no room for the program in ~/.clusterrunner."),
                (names[2], "it refuses the login with the keys of this account. Allow one with: ssh-copy-id root@10."),
                (names[3], "its host key is not known. Check and accept it once with: ssh root@10.99.0.5"),
                (down, "it cannot be reached. Check that it is up, and its network. ssh says: "),
            ]
            for (name, reason) in reasons { #expect(output.contains("  \(name): \(reason)"), "\(output)") }
            #expect(output.contains("1 of 5 hosts are ready. These are not:"), "\(output)")
            #expect(output.contains("\(names[0]): slave: Connected to the master"), "\(output)")
        }
    }

    @Test func `Without the host of the master nothing that runs is stopped`() async throws {
        try await SSHHosts.with([.locked, .usual]) { hosts, cluster in
            let (code, output) = try await hosts.run(
                try arguments(cluster, slaves: [SSHHosts.name(1)]) + hosts.options
            )
            #expect(code == 2, "\(output)")
            #expect(output.contains("0 of 2 hosts are ready."), "\(output)")
            let reason = "its slave is not started, because the master on root@10.99.0.2:2222 is not."
            #expect(output.contains("  root@10.99.0.3:2222: \(reason)"), "\(output)")
            #expect(!output.contains("Connected"), "\(output)")
        }
    }
}
