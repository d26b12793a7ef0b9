import ClusterRunnerPlugin
import Foundation
import Testing

/// Builds of jobs with a container, on the real podman.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct ContainerBuildTests {
    /// A job that fails if anything is not as in the image, or not as outside of containers.
    private static let job = #"""
        Tests:
          container: localhost/box
          environment: {LINES: "a\nb\n\n", HOME: /from the job, ODD: "' $(x) \\0101"}
          setup_build:
            - test -f /box
            - echo "$LINES" > ../set-up
          commands:
            - test "$(cat /box)" = box
            - test "$(echo "$LINES" | od -c)" = "$(od -c ../set-up)"
            - test "$(echo "$LINES" | wc -l)" = 4
            - test "$HOME" = "/from the job"
            - test "$PWD" = "$PROJECT_DIR"
            - test -d ../.git/objects
            - ls "$(cat ../.git/objects/info/alternates)" > /dev/null
            - echo "$N" > "$ARTIFACT_DIR/number"
            - echo out; echo err >&2; echo "$ODD"
            - if env | grep CLUSTERRUNNER_ENV; then exit 9; fi
          teardown_build: [test -f /box && echo torn down]
          atomizers:
            - N: cat /box && ls $PROJECT_DIR/file && echo err >&2
        """#

    @Test func `All commands of a cluster run in the image, in the workspace, as the same user`() async throws {
        try await Podman.with { podman, cluster in
            try await podman.startCluster(cluster, executors: 2)
            let project = Project(files: ["below/clusterrunner.yaml": Self.job, "below/file": ""])
            let fields = try await cluster.git(project).merging(["project_directory": "below"]) { $1 }
            let build = try await cluster.run(fields)
            let consoles = "cat \(cluster.scratch)/master/master/results/1/*/clusterrunner_console_output || true"
            let printed = try await shell(consoles, in: "/")
            #expect(build["result"] == "NO_FAILURES", "\(build)\n\(printed)\n\(cluster.logs)")
            let results = "\(cluster.scratch)/master/master/results/1"
            let files = try ArtifactTree.read(results)
            #expect(files["artifact_0_0/number"] == Data("box\n".utf8), "\(files.keys.sorted())")
            let path = try #require(files["artifact_1_0/number"].map { String(decoding: $0, as: UTF8.self) })
            #expect(path.hasPrefix("/") && path.hasSuffix("/below/file\n"), "\(path)")
            let owner = try FileManager.default.attributesOfItem(atPath: "\(results)/artifact_0_0/number")
            #expect(owner[.ownerAccountID] as? Int == Int(geteuid()))
            let console = try await cluster.http.get("/v1/build/1/subjob/0/atom/0/console")
            #expect(console["content"] == "out\nerr\n' $(x) \\0101\n", "\(console)")
            try await cluster.idle()
            // The API has the commands as they were written.
            let setup = try await cluster.http.get("/v1/build/1/setup")
            let shown = "\(setup)\(try await cluster.http.get("/v1/build/1/subjob"))"
            #expect(shown.contains("torn down"), "\(shown)")
            #expect(!shown.contains("podman"), "\(shown)")
        }
    }

    @Test func `Exit codes are those of the command, also those that engines use for themselves`() async throws {
        try await Podman.with { podman, cluster in
            let job = ContainerJob(
                commands: "if [ $N = 9 ]; then kill -9 $$; fi\nexit $N",
                atomizer: "for n in 0 3 125 126 127 9; do echo $n; done"
            )
            let build = try await cluster.build(job, through: podman.entrance, executors: 2)
            #expect(build.code == 1, "\(build.output)")
            let codes = (0..<6).map { build.text("clusterrunner_exit_code", of: $0) }
            #expect(codes == ["0\n", "3\n", "125\n", "126\n", "127\n", "137\n"], "\(build.output)")
            #expect(build.text("clusterrunner_console_output", of: 5) == "")
        }
    }

    @Test func `Names and values may have any bytes that the system allows`() async throws {
        try await Podman.with { podman, cluster in
            let commands = "test -f \"$N\"\ncp \"$N\" \"$ARTIFACT_DIR\"\ntest \"$PWD\" = \"$PROJECT_DIR\""
            let job = ContainerJob(commands: commands, atomizer: "printf '%s\\n' test*").project
            try job.write(to: "\(cluster.scratch)/project")
            let output = try await podman.run(
                """
                cd '\(cluster.scratch)'
                odd=$(printf 'caf\\351 "x",:')
                mv project "$odd"
                cd "$odd"
                touch "test $odd" "test ' \\$x"
                '\(try Product.path())' build --local --results ../results \\
                    --config-file '\(try cluster.embeddedConfiguration())'
                ls ../results/*/test* | wc -l
                """
            )
            #expect(output.contains("passed, 2 of 2 atoms."), "\(output)")
            #expect(output.hasSuffix("\n2"), "\(output)")
        }
    }

    @Test func `The fetch of an image is shown with the set-up of the build`() async throws {
        try await Podman.with { podman, cluster in
            try await podman.run("podman save --quiet --output saved.tar localhost/box")
            try await podman.startCluster(cluster, executors: 1)
            let image = "docker-archive:\(podman.folder)/saved.tar"
            let job: JSONValue = ["container": .string(image), "commands": ["true"], "atomizers": [["N": "echo 1"]]]
            let build = try await cluster.run(try cluster.inline(job))
            #expect(build["result"] == "NO_FAILURES", "\(build)\n\(cluster.logs)")
            try await cluster.idle()
            let setup = try await cluster.http.get("/v1/build/1/setup")
            let fetches = setup["commands"].array?.filter { $0["kind"] == "image" } ?? []
            #expect(fetches.map { $0["slave_id"] == .null } == [true, false], "\(setup)")
            #expect(fetches.allSatisfy { $0["command"] == .string("podman pull \(image)") }, "\(setup)")
            #expect(fetches.allSatisfy { $0["output"].string?.contains("Storing signatures") == true }, "\(setup)")
        }
    }

    @Test func `A check runs the atomizers in the image`() async throws {
        try await Podman.with { podman, cluster in
            let directory = "\(cluster.scratch)/project"
            try ContainerJob(commands: "true", atomizer: "cat /box /box").project.write(to: directory)
            let check = try cluster.start("check", ["check"], in: directory, through: podman.entrance)
            #expect(try await check.exitCode() == 0, "\(check.output)")
            #expect(check.output.contains("in containers of the image localhost/box\n"), "\(check.output)")
            #expect(check.output.contains("2 atoms"), "\(check.output)")
        }
    }
}
