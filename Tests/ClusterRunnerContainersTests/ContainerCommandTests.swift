import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerContainers

@Suite struct ContainerCommandTests {
    private let machine: [ByteString: ByteString] = ["PATH": "/bin", "LANG": "C"]

    private func command(_ engine: ContainerEngine.Kind, user: UInt32 = 0, options: [String] = []) -> ContainerCommand {
        ContainerCommand(
            engine: ContainerEngine(kind: engine, path: "/usr/bin/\(engine.rawValue)"),
            container: JobContainer(image: "box", options: options),
            user: ContainerUser(userID: user, groupID: user),
            mounts: [ContainerMount("/work/1")],
            machine: machine,
            given: ["GIVEN"],
            atomVariables: ["TMPDIR"]
        )
    }

    private func shell(_ script: String = "make 'it'", _ more: [ByteString: ByteString] = [:]) -> ShellCommand {
        ShellCommand(
            script: script,
            directory: "/work/1/sub",
            environment: machine.merging(more) { $1 },
            output: .combined(path: "/out"),
            timeout: .seconds(3),
            options: .errexit
        )
    }

    private func words(_ command: ContainerCommand, _ shell: ShellCommand) throws -> String {
        let script = try command.translated(shell, name: "NAME", startFile: "/start").script
        return script.replacing(ContainerScript.text.replacing("'", with: "'\\''"), with: "TEXT")
            .replacing("'", with: "")
    }

    private let rest =
        "--env CLUSTERRUNNER_COOKIE --mount=type=bind,src=/work/1,dst=/work/1 --entrypoint=/bin/sh box "
        + "-c TEXT clusterrunner ec /work/1/sub \"$CLUSTERRUNNER_SCRIPT\" "

    @Test func `podman of root, podman of another user and docker get their words`() throws {
        let podman =
            "exec /usr/bin/podman run --user=0:0 --security-opt=label=disable --log-driver=none --rm "
            + "--detach=false --name=NAME --pidfile=/start --stop-timeout=0 --env LANG "
        #expect(try words(command(.podman), shell()) == podman + rest)
        let rootless = podman.replacing("--user=0:0", with: "--userns=keep-id")
        #expect(try words(command(.podman, user: 7), shell()) == rootless + rest)
        let docker =
            "exec /usr/bin/docker run --user=7:7 --security-opt=label=disable --log-driver=none --rm "
            + "--detach=false --name=NAME --cidfile=/start --init --env LANG "
        #expect(try words(command(.docker, user: 7), shell()) == docker + rest)
    }

    @Test func `Options of the job replace defaults, and not what ClusterRunner needs`() throws {
        let text = try words(command(.podman, options: ["--user=9", "--network", "host"]), shell())
        #expect(
            text.contains("--user=0:0 --security-opt=label=disable --log-driver=none --user=9 --network host --rm ")
        )
    }

    @Test func `The script is a variable of the engine, and everything else of the command stays`() throws {
        let translated = try command(.podman).translated(shell("a 'b' $c"), name: "n", startFile: "/s")
        #expect(translated.environment["CLUSTERRUNNER_SCRIPT"] == "a 'b' $c")
        #expect(!translated.script.contains("$c'"))
        #expect(translated.directory == "/work/1/sub")
        #expect(translated.output == .combined(path: "/out"))
        #expect(translated.timeout == .seconds(3))
        // Those of the shell inside.
        #expect(translated.options == [])
    }

    @Test func `An atom has its artifact directory, and a variable that the machine has as well`() throws {
        let atom = shell("x", ["ATOM_ID": "0", "ARTIFACT_DIR": "/work/a/0", "TMPDIR": "/t"])
        let text = try words(command(.podman), atom)
        #expect(
            text.contains("--mount=type=bind,src=/work/1,dst=/work/1 --mount=type=bind,src=/work/a/0,dst=/work/a/0 ")
        )
        #expect(text.hasSuffix("\"$CLUSTERRUNNER_SCRIPT\" TMPDIR"))
    }

    @Test func `Standard error has a place of its own where it goes to another file`() throws {
        var atomizer = shell()
        atomizer.output = .separate(output: "/o", error: "/e")
        atomizer.options = []
        #expect(try words(command(.podman), atomizer).contains("clusterrunner  /work/1/sub"))
    }

    @Test func `An engine is found on the PATH, and its lack is told`() throws {
        let error = #expect(throws: ClusterRunnerError.self) {
            try ContainerEngine.find(in: ["PATH": "/no/such:relative"])
        }
        #expect(
            error?.message
                == "The job has the key \"container\", but this machine has neither podman nor docker on its PATH, "
                + "which is \"/no/such:relative\". Install one of them, or remove the key from the job."
        )
    }
}
