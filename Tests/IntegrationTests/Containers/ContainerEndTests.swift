import ClusterRunnerPlugin
import Foundation
import Testing

/// The ways in which containers end; `Podman.with(_:)` expects that neither containers nor processes are left.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct ContainerEndTests {
    /// A limit in seconds for atoms that do not end; long enough to start a container on a machine with much to do.
    private static let limit = 20

    @Test func `A timeout ends all that atoms started in their containers, by TERM and then by KILL`() async throws {
        try await Podman.with { podman, cluster in
            let commands = """
                trap 'echo got TERM; exit 1' TERM
                (setsid sleep 1000 &)
                (trap '' TERM; sleep 1000) &
                echo started
                while :; do sleep 1000; done
                """
            let job = ContainerJob(commands: commands, atomizer: "seq 2", more: ["timeout: \(Self.limit)"])
            let build = try await cluster.build(job, through: podman.entrance, executors: 2)
            #expect(build.code == 1, "\(build.output)")
            let consoles = (0..<2).map { build.text("clusterrunner_console_output", of: $0) }
            for console in consoles {
                // The shell of the image tells of the sleep that ended, too.
                #expect(console?.hasPrefix("started\n") == true, "\(console ?? "nothing")\n\(build.output)")
                #expect(console?.contains("got TERM\n") == true, "\(console ?? "nothing")\n\(build.output)")
            }
        }
    }

    @Test func `A container that ignores TERM ends by KILL`() async throws {
        try await Podman.with { podman, cluster in
            let job = ContainerJob(commands: "trap '' TERM\nsleep 1000\ntrue", more: ["timeout: \(Self.limit)"])
            let build = try await cluster.build(job, through: podman.entrance)
            #expect(build.code == 1, "\(build.output)")
            #expect(build.text("clusterrunner_exit_code", of: 0) == "143\n", "\(build.output)")
        }
    }

    @Test(arguments: ["commands", "atomizers", "setup_build"])
    func `A cancellation ends the containers of a build`(key: String) async throws {
        try await Podman.with { podman, cluster in
            try await podman.startCluster(cluster, executors: 2)
            let wait: JSONValue = "echo > pipe; sleep 1000; true"
            let job: JSONValue = [
                "container": "localhost/box", "commands": [key == "commands" ? wait : "true"],
                "atomizers": [["N": key == "atomizers" ? wait : "seq 2"]],
                "setup_build": [key == "setup_build" ? wait : "true"],
            ]
            let fields = try cluster.inline(job)
            let pipe = try NamedPipe("\(try #require(fields["project_directory"]?.string))/pipe")
            let id = try await cluster.request(fields)
            _ = try await pipe.read()
            let answer = try await cluster.http.sendSigned("PUT", "/v1/build/\(id)", ["status": "canceled"])
            #expect(answer.status == 200)
            #expect(try await cluster.ended(id)["state"] == "CANCELED")
            try await cluster.idle()
        }
    }

    @Test func `Containers of a slave that was killed are ended by its successor`() async throws {
        try await Podman.with { podman, cluster in
            try await cluster.startMaster(through: podman.entrance)
            let slave = try await podman.addSlave(to: cluster, executors: 1)
            let job: JSONValue = [
                "container": "localhost/box", "atomizers": [["N": "echo 1"]],
                "commands": ["test -e second && exit 0; touch second; echo > pipe; sleep 1000; true"],
            ]
            let fields = try cluster.inline(job)
            let pipe = try NamedPipe("\(try #require(fields["project_directory"]?.string))/pipe")
            let id = try await cluster.request(fields)
            _ = try await pipe.read()
            slave.send(SIGKILL)
            _ = try await slave.exitCode()
            #expect(try await podman.run("podman ps --quiet") != "")
            try await podman.addSlave(to: cluster, executors: 1)
            #expect(try await cluster.ended(id)["result"] == "NO_FAILURES", "\(cluster.logs)")
        }
    }
}
