import ClusterRunnerPlugin
import Foundation
import Testing

/// The sentences about mistakes that everybody makes once.
@Suite(.timeLimit(.minutes(20)))
struct MistakeTests {
    private func wrongSecret(_ cluster: RunningCluster) throws -> String {
        let path = try cluster.writeConfiguration("other")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing(RunningCluster.secret, with: "another secret").write(
            toFile: path,
            atomically: true,
            encoding: .utf8
        )
        chmod(path, 0o600)
        return path
    }

    @Test func `A wrong secret is told with its file and the master, to commands and to slaves`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let file = try wrongSecret(cluster)
            let address = "127.0.0.1:\(cluster.port)"
            let hint =
                "Most likely the secret of \(file) is not that of the master at \(address), which is in the "
                + "clusterrunner.conf that the master reads.\n"
            let options = ["--master-url", address, "--config-file", file]
            let cancel = try await cluster.run(["cancel", "1"] + options)
            #expect(cancel.code == 2 && cancel.output.hasSuffix(hint), "\(cancel.output)")
            let slave = try await cluster.run(["slave", "--port", "0"] + options)
            #expect(slave.code == 2 && slave.output.hasSuffix(hint), "\(slave.output)")
        }
    }

    @Test func `Misspelt commands, options and keys suggest the nearest`() async throws {
        try await RunningCluster.withNothing { cluster in
            let file = try cluster.writeConfiguration("keys", "log_levl = info")
            for (arguments, sentence) in [
                (["biuld"], "clusterrunner: There is no command \"biuld\". Did you mean \"build\"?"),
                (["status", "--jsno"], "Unknown option '--jsno'. Did you mean '--json'?"),
                (["build", "--locl"], "Unknown option --locl of \"build directory\". Did you mean --local?"),
                (["status", "-c", file], "There is no key \"log_levl\" in [general]; did you mean \"log_level\"?"),
            ] {
                let (code, output) = try await cluster.run(arguments)
                #expect(code == 2 && output.contains(sentence), "\(output)")
            }
        }
    }

    @Test func `The output of a set-up that fails again and again is printed once`() async throws {
        try await RunningCluster.withNothing { cluster in
            let directory = "\(cluster.scratch)/project"
            let job =
                "Tests: {setup_build: [\"echo no compi''ler; exit 4\"], commands: [\"true\"], atomizers: [{N: seq 2}]}"
            try Project(jobFile: job).write(to: directory)
            let arguments = ["build", "--config-file", try cluster.embeddedConfiguration()]
            let (code, output) = try await cluster.run(arguments, in: directory)
            #expect(code == 2)
            #expect(output.components(separatedBy: "no compiler").count == 2, "\(output)")
            #expect(output.contains("(5 times): setup_build failed with exit code 4."), "\(output)")
        }
    }

    @Test func `A master that is not there, a port in use and a project that is missing are named`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let file = "\(cluster.scratch)/master.conf"
            let away = try await cluster.run(["status", "--config-file", file, "--master-url", "127.0.0.1:1"])
            #expect(away.code == 2)
            #expect(away.output == "clusterrunner: No master answers at 127.0.0.1:1: Connection refused.\n")
            let other = try cluster.writeConfiguration("other")
            let second = try await cluster.run(["master", "--port", "\(cluster.port)", "--config-file", other])
            #expect(second.code == 2 && second.output.contains("Address already in use."), "\(second.output)")
            let options = ["--config-file", file, "--master-url", "127.0.0.1:\(cluster.port)"]
            let build = try await cluster.run(["build", "directory", "--project-directory", "/no/where"] + options)
            #expect(build.code == 2)
            let sentence = "Build 1: The project directory \"/no/where\" does not exist. "
            #expect(build.output.contains(sentence) && build.output.contains("build --upload"), "\(build.output)")
        }
    }
}
