import Foundation
import Testing

/// `clusterrunner deploy` with a program in place of ssh, for what real hosts do not do on command.
@Suite(.timeLimit(.minutes(20)))
struct DeployFaultTests {
    /// Runs deploy with a script named ssh, whose last argument is the script for the host.
    private func start(_ ssh: String, _ cluster: RunningCluster, _ arguments: [String] = []) async throws
        -> RunningProgram
    {
        try await shell(
            """
            mkdir -p bin home
            printf '%s\\n' '#!/bin/bash' 'for command; do :; done' \
                'case $* in *\\ -G\\ *) echo "hostname $command"; exit;; esac' "$SSH" > bin/ssh
            chmod +x bin/ssh
            """,
            in: cluster.scratch,
            environment: ["SSH": ssh]
        )
        let config = try cluster.writeConfiguration("deployed")
        let path = "PATH=\(cluster.scratch)/bin:/usr/bin:/bin"
        return try cluster.start(
            "deploy",
            ["deploy", "--config-file", config, "-m", "far", "-s", "far"] + arguments,
            through: ["/usr/bin/env", path]
        )
    }

    private func output(_ ssh: String, code: Int32 = 2) async throws -> String {
        var output = ""
        try await RunningCluster.withNothing { cluster in
            let deploy = try await start(ssh, cluster)
            #expect(try await deploy.exitCode() == code, "\(deploy.output)")
            output = deploy.output
        }
        return output
    }

    @Test func `A host with another processor gets nothing`() async throws {
        let output = try await output("printf '%s\\n' 'Welcome!' Linux armv7l end")
        #expect(output.contains("far: the program is for Linux \(try machine()), and the host is Linux armv7l."))
        #expect(output.contains("Deploy to it from a machine of its kind."), "\(output)")
    }

    @Test func `A login shell that runs no scripts is told`() async throws {
        let output = try await output("echo 'This account is not available.'")
        #expect(output.contains("far: its shell did not run a script."), "\(output)")
    }

    @Test func `A missing library is named, and the old program stays`() async throws {
        // The program that is copied does not find its libraries; the one that was there is another one.
        let ssh = """
            export HOME=$PWD/home; mkdir -p home/.clusterrunner/deploy
            [ -e home/.clusterrunner/deploy/clusterrunner ] || echo old > home/.clusterrunner/deploy/clusterrunner
            printf '%s\\n' '#!/bin/sh' 'echo "$0: error while loading shared libraries: libgit2.so.1.5: cannot open" >&2' \
                'exit 127' > missing
            command=${command//.\\/\\$new --version/sh $PWD/missing}
            bash -c "$command"
            """
        try await RunningCluster.withNothing { cluster in
            let deploy = try await start(ssh, cluster)
            #expect(try await deploy.exitCode() == 2, "\(deploy.output)")
            #expect(deploy.output.contains("because the library libgit2.so.1.5 is missing. Install it;"))
            let path = "\(cluster.scratch)/home/.clusterrunner/deploy"
            #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["clusterrunner"])
            #expect(try String(contentsOfFile: "\(path)/clusterrunner", encoding: .utf8) == "old\n")
        }
    }

    @Test func `An interrupt ends ssh and the command`() async throws {
        try await RunningCluster.withNothing { cluster in
            let begun = try NamedPipe("\(cluster.scratch)/begun")
            let deploy = try await start("echo $$ > \(begun.path); exec sleep 1000", cluster)
            let id = try #require(pid_t(try await begun.read().trimmingCharacters(in: .newlines)))
            deploy.send(SIGINT)
            #expect(try await deploy.exitCode() == 130, "\(deploy.output)")
            #expect(deploy.output.contains("Interrupted. What was started on the hosts goes on."), "\(deploy.output)")
            try await shell("tail --pid=\(id) -f /dev/null", in: cluster.scratch)
        }
    }

    @Test func `A copy that breaks off leaves nothing behind`() async throws {
        let ssh = """
            export HOME=$PWD/home
            case $command in *new-program*) head -c 1000 | bash -c "$command" ;; *) bash -c "$command" ;; esac
            """
        try await RunningCluster.withNothing { cluster in
            let deploy = try await start(ssh, cluster)
            #expect(try await deploy.exitCode() == 2, "\(deploy.output)")
            #expect(deploy.output.contains("far: the connection ended before the program was copied. Deploy again."))
            let path = "\(cluster.scratch)/home/.clusterrunner/deploy"
            #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [])
        }
    }

    @Test func `The secret has to stand in a file, and the ports must differ on one host`() async throws {
        try await RunningCluster.withNothing { cluster in
            let ports = try await start("exit 1", cluster, ["--master-port", "22200", "--slave-port", "22200"])
            #expect(try await ports.exitCode() == 2)
            #expect(ports.output.contains("The master and the slave on far cannot both have the port 22200."))
            let config = try cluster.writeConfiguration("deployed")
            let deploy = try cluster.start(
                "deploy",
                ["deploy", "--config-file", config, "-s", "far"],
                through: ["/usr/bin/env", "CLUSTERRUNNER_SECRET=another secret"]
            )
            #expect(try await deploy.exitCode() == 2)
            let place = "which comes from the environment variable CLUSTERRUNNER_SECRET here."
            #expect(deploy.output.contains(place), "\(deploy.output)")
        }
    }

    @Test func `A started service outlives its command, and one that ended is told with its last words`() async throws {
        try await RunningCluster.withNothing { cluster in
            let config = try cluster.writeConfiguration("host")
            let start = ["start-service", "--config-file", config]
            let started = try await cluster.run(start + ["master", "--port", "0"])
            #expect(started.code == 0)
            #expect(started.output.hasPrefix("Listening on http://127.0.0.1:"), "\(started.output)")
            let second = try await cluster.run(start + ["master", "--port", "0"])
            #expect(second.code == 2)
            #expect(
                second.output.contains(" Its log is \(cluster.scratch)/host/master-output.log."),
                "\(second.output)"
            )
            let late = try await cluster.run(
                start + ["slave", "--port", "0", "--master-url", "127.0.0.1:1", "--timeout", "1"]
            )
            #expect(late.code == 2)
            #expect(late.output.contains("It runs, but is not ready after 1 s. "), "\(late.output)")
            let stopped = try await cluster.run(["stop", "--config-file", config])
            #expect(stopped.code == 0, "\(stopped.output)")
            #expect(stopped.output.components(separatedBy: "has stopped.").count == 3, "\(stopped.output)")
        }
    }

    private func machine() throws -> String {
        var names = utsname()
        try #require(uname(&names) == 0)
        return withUnsafeBytes(of: names.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
