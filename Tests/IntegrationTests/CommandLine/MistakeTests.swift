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

    @Test(.enabled(if: geteuid() == 0, "only root can take its own rights away"))
    func `A folder that may not be entered is told with its mode and its owner`() async throws {
        try await RunningCluster.withNothing { cluster in
            let project = "\(cluster.scratch)/closed/project"
            try Project(jobFile: "U: {commands: [\"true\"], atomizers: [{T: echo 1}]}\n").write(to: project)
            try await shell("git init -q closed/project; chown 12345 closed; chmod 700 closed", in: cluster.scratch)
            let config = try cluster.embeddedConfiguration()
            let program = "setpriv --bounding-set=-dac_override,-dac_read_search '\(try Product.path())'"
            for command in [
                "check '\(project)'", "build --config-file '\(config)' --project-directory '\(project)'",
                "build git --config-file '\(config)' --job-name U --url '\(project)'",
            ] {
                let output = try await shell("\(program) \(command) 2>&1 || echo code $?", in: cluster.scratch)
                let end = "closed\", which has the mode 700 and belongs to 12345"
                #expect(output.contains("may not enter \"\(cluster.scratch)/\(end)"), "\(output)")
                #expect(output.hasSuffix("code 2"), "\(output)")
            }
        }
    }

    @Test func `A master with TLS and a client without it, and the reverse, are told so`() async throws {
        try await RunningCluster.withNothing { cluster in
            try await shell(
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost "
                    + "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem 2>/dev/null; "
                    + "chmod 600 key.pem",
                in: cluster.scratch
            )
            let keys = ["cert", "key"].map { "https_\($0)_file = \(cluster.scratch)/\($0).pem" }.joined(separator: "\n")
            let secure = try cluster.writeConfiguration("secure", keys)
            let plain = try cluster.writeConfiguration("plain")
            for (server, client, sentence) in [
                (secure, plain, "if it speaks HTTPS, name it https://localhost:"),
                (plain, secure, "it does not speak TLS; use http:// in the address"),
            ] {
                let master = try cluster.start("master", ["master", "--port", "0", "--config-file", server])
                let port = try await master.line(after: "://127.0.0.1:").prefix(while: \.isNumber)
                let address = "localhost:\(port)"
                let status = try await cluster.run(["status", "--config-file", client, "--master-url", address])
                #expect(status.code == 2 && status.output.contains(sentence), "\(status.output)")
                master.send(SIGTERM)
                _ = try await master.exitCode()
            }
        }
    }
}
