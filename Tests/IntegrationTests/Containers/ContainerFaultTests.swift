import ClusterRunnerPlugin
import Foundation
import Testing

/// What is wrong with containers, images and engines.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct ContainerFaultTests {
    @Test func `A missing image is an error with the words of the engine`() async throws {
        try await Podman.with { podman, cluster in
            let job = ContainerJob(commands: "true", image: "localhost:1/none")
            let build = try await cluster.build(job, through: podman.entrance)
            #expect(build.code == 2, "\(build.output)")
            let start =
                "The image \"localhost:1/none\" of the job's \"container\" cannot be used on this machine: "
                + "podman pull localhost:1/none ended with exit code 125. "
            #expect(build.output.contains(start), "\(build.output)")
            #expect(build.output.contains("connection refused"), "\(build.output)")
        }
    }

    @Test func `A wrong option and an image without a shell are found before the first command`() async throws {
        try await Podman.with { podman, cluster in
            let start = "podman could not start a container of the image"
            let option = ContainerJob(commands: "true", more: ["container_options: [--no-such-option]"])
            let wrong = try await cluster.build(option, through: podman.entrance)
            #expect(wrong.code == 2, "\(wrong.output)")
            #expect(wrong.output.contains("\(start) \"localhost/box\" (exit code 125): "), "\(wrong.output)")
            #expect(wrong.output.contains("unknown flag: --no-such-option"), "\(wrong.output)")
            try await podman.run("mkdir empty; tar -C empty -cf empty.tar .; podman import empty.tar localhost/empty")
            let job = ContainerJob(commands: "true", image: "localhost/empty")
            let empty = try await cluster.build(job, through: podman.entrance)
            #expect(empty.code == 2, "\(empty.output)")
            #expect(empty.output.contains("\(start) \"localhost/empty\" (exit code 127): "), "\(empty.output)")
            #expect(empty.output.contains("/bin/sh"), "\(empty.output)")
        }
    }

    @Test func `An atom whose container cannot be started has not failed`() async throws {
        try await Podman.with { podman, cluster in
            let settings = "\(cluster.scratch)/project/settings"
            let job = ContainerJob(
                commands: "rm settings",
                atomizer: "seq 2",
                more: ["container_options: [\"--env-file=\(settings)\"]"]
            )
            try Project(files: ["settings": "A=b\n"]).write(to: "\(cluster.scratch)/project")
            let build = try await cluster.build(job, through: podman.entrance)
            #expect(build.code == 2, "\(build.output)")
            let reason = "podman could not start a container of the image \"localhost/box\" (exit code 125)"
            #expect(build.output.contains(reason), "\(build.output)")
            #expect(build.output.contains("settings: no such file or directory"), "\(build.output)")
            #expect(build.files["failures.txt"] == nil, "\(build.files.keys.sorted())")
        }
    }

    @Test func `A machine without an engine says which ones it looked for`() async throws {
        try await RunningCluster.withNothing { cluster in
            let entrance = ["/usr/bin/env", "PATH=\(cluster.scratch)"]
            let build = try await cluster.build(ContainerJob(commands: "true"), through: entrance)
            #expect(build.code == 2, "\(build.output)")
            let sentence =
                "The job has the key \"container\", but this machine has neither podman nor docker on its PATH, which is "
                + "\"\(cluster.scratch)\". Install one of them, or remove the key from the job."
            #expect(build.output.contains(sentence), "\(build.output)")
        }
    }

    /// Stands in for docker, of which there is no engine here: it notes its words, and runs commands on the machine.
    private static let fakeDocker = """
        #!/bin/sh
        echo "$@" | tr '\\n' ' ' >> "$FAKE_NOTES"
        echo >> "$FAKE_NOTES"
        test "$1" = run || exit 0
        for word do
            case $word in --cidfile=*) echo id > "${word#--cidfile=}" ;; esac
        done
        while test "$1" != some/image; do shift; done
        shift
        exec /bin/sh "$@"
        """

    @Test func `A fake docker gets the words that run, find and remove a container`() async throws {
        try await RunningCluster.withNothing { cluster in
            let (folder, notes) = ("\(cluster.scratch)/bin", "\(cluster.scratch)/notes")
            try Project(files: ["text": Self.fakeDocker]).write(to: folder)
            // By a process of its own: one that another test starts may have a copy of a descriptor that writes here.
            try await shell("cp text docker; chmod 755 docker", in: folder)
            try await shell("for name in tr sh seq sleep env; do ln -s $(command -v $name) .; done", in: folder)
            let entrance = ["/usr/bin/env", "PATH=\(folder)", "FAKE_NOTES=\(notes)"]
            let job = ContainerJob(
                commands: "if [ $N = 2 ]; then sleep 1000; fi",
                atomizer: "seq 2",
                image: "some/image",
                more: ["timeout: 10"]
            )
            let build = try await cluster.build(job, through: entrance)
            #expect(build.code == 1, "\(build.output)")
            #expect(build.text("clusterrunner_exit_code", of: 0) == "0\n", "\(build.output)")
            #expect(build.text("clusterrunner_exit_code", of: 1) == "143\n", "\(build.output)")
            let words = try String(contentsOfFile: notes, encoding: .utf8).split(separator: "\n")
            #expect(words.filter { $0.hasPrefix("image inspect some/image") }.count == 2, "\(words)")
            let runs = words.filter { $0.hasPrefix("run --user=\(geteuid()):\(getegid()) ") }
            // Two to try the image, on the master and on the slave, one atomizer, two atoms.
            #expect(runs.count == 2 + 1 + 2, "\(words)")
            let removals = words.filter { $0.hasPrefix("rm --force clusterrunner-") }
            #expect(removals.count == 1, "\(words)")
            let name = try #require(removals.first?.split(separator: " ").last)
            #expect(runs.last?.contains("--name=\(name) ") == true, "\(words)")
        }
    }
}
