import Foundation
import Testing

/// `examples/ci/run.sh` with the variables of the systems that it knows, and the recipes beside it.
@Suite(.timeLimit(.minutes(20)))
struct CIExampleTests {
    private static let meeting = "MEETING_DIR=meeting"

    /// The variables that a system sets for each of its jobs, where # is the number from 1 and @ that from 0.
    enum System: String, CaseIterable {
        case buildkite, gitlab, github, jenkins

        var variables: [String] {
            switch self {
            case .buildkite:
                [
                    "BUILDKITE=true", "BUILDKITE_BUILD_ID=b-1", "BUILDKITE_STEP_KEY=tests", "BUILDKITE_PARALLEL_JOB=@",
                    "BUILDKITE_PARALLEL_JOB_COUNT=3",
                ]
            case .gitlab:
                [
                    "GITLAB_CI=true", "CI_PIPELINE_ID=7", "CI_JOB_NAME=tests #/3", "CI_NODE_INDEX=#", "CI_NODE_TOTAL=3",
                    meeting,
                ]
            case .github:
                [
                    "GITHUB_ACTIONS=true", "GITHUB_RUN_ID=7", "GITHUB_RUN_ATTEMPT=1", "GITHUB_JOB=tests", "JOB_INDEX=#",
                    "JOB_TOTAL=3", meeting,
                ]
            case .jenkins:
                [
                    "JENKINS_URL=http://jenkins/", "BUILD_TAG=jenkins-a job-7", "JOB_INDEX=#", "JOB_TOTAL=3", meeting,
                ]
            }
        }
    }

    @Test(arguments: System.allCases) func `Three jobs of a CI system are one cluster`(system: System) async throws {
        try await RunningCluster.withNothing { cluster in
            let jobFile = "tests: {commands: ['true'], atomizers: [T: seq 6]}\n"
            try Project(jobFile: jobFile).write(to: "\(cluster.scratch)/project")
            // The agent of Buildkite keeps values for the jobs of a build.
            try await shell(
                """
                mkdir bin
                printf '%s\\n' '#!/bin/bash' 'cd "$STORE"' \
                    'if [ "$2" = set ]; then echo "$4" > new && mv new "$3"; else cat "$3" 2>/dev/null || true; fi' \
                    > bin/buildkite-agent
                chmod +x bin/buildkite-agent
                """,
                in: cluster.scratch
            )
            let others = try [2, 3].map { try start($0, of: system, cluster, []) }
            let first = try start(1, of: system, cluster, ["--wait-for-slaves", "2"])
            #expect(try await first.exitCode() == 0, "\(first.output)\(others.map(\.output))")
            for other in others {
                #expect(try await other.exitCode() == 0, "\(other.output)")
                #expect(other.output.contains("has ended: passed."), "\(other.output)")
            }
        }
    }

    /// Starts a job with a home of its own.
    private func start(
        _ number: Int,
        of system: System,
        _ cluster: RunningCluster,
        _ arguments: [String]
    ) throws -> RunningProgram {
        let home = "\(cluster.scratch)/home\(number)"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        let variables =
            system.variables.map {
                $0.replacing("#", with: "\(number)").replacing("@", with: "\(number - 1)")
                    .replacing("=meeting", with: "=\(cluster.scratch)/meeting")
            } + [
                "HOME=\(home)", "STORE=\(cluster.scratch)", "PATH=\(cluster.scratch)/bin:/usr/bin:/bin",
                "CLUSTERRUNNER=\(try Product.path())", "CLUSTERRUNNER_SECRET=the secret of CI", "WAIT=60",
            ]
        let program = try RunningProgram(
            "job \(number)",
            "/usr/bin/env",
            variables + ["\(try example("ci"))/run.sh"] + arguments,
            in: "\(cluster.scratch)/project"
        )
        cluster.keep(program)
        return program
    }

    @Test func `A job alone builds without a cluster, and one of an unknown system is refused`() async throws {
        try await RunningCluster.withNothing { cluster in
            try Project(jobFile: "tests: {commands: ['true'], atomizers: [T: seq 2]}\n").write(to: cluster.scratch)
            func run(_ variables: [String]) async throws -> RunningProgram {
                let common = ["CLUSTERRUNNER=\(try Product.path())", "CLUSTERRUNNER_SECRET=the secret of CI"]
                let words = common + variables + ["\(try example("ci"))/run.sh", "--local"]
                let program = try RunningProgram("job", "/usr/bin/env", words, in: cluster.scratch)
                cluster.keep(program)
                try await program.exitCode()
                return program
            }
            let alone = try await run(["GITLAB_CI=true", "CI_PIPELINE_ID=7", "CI_JOB_NAME=tests"])
            #expect(try await alone.exitCode() == 0, "\(alone.output)")
            let unknown = try await run([])
            #expect(try await unknown.exitCode() == 2)
            #expect(unknown.output == "run.sh: this is none of Buildkite, GitLab, GitHub Actions and Jenkins.\n")
            let lost = try await run(["BUILD_TAG=b", "JENKINS_URL=j", "JOB_INDEX=2", "JOB_TOTAL=3"])
            #expect(try await lost.exitCode() == 2)
            #expect(lost.output.contains("set FIRST_HOST or MEETING_DIR"), "\(lost.output)")
        }
    }

    @Test(arguments: ["gitlab-ci.yml", "github-workflow.yml", "buildkite-pipeline.yml"])
    func `A recipe is YAML, and runs the script in parallel jobs`(file: String) async throws {
        let path = "\(try example("ci"))/\(file)"
        let json = try await shell(
            "python3 -c 'import json, sys, yaml; print(json.dumps(yaml.load(open(sys.argv[1]), yaml.BaseLoader)))' \(path)",
            in: "/"
        )
        #expect(json.contains("examples/ci/run.sh --job-name tests"))
        #expect(json.contains(/"(parallel|parallelism)": "3"|"part": \["1", "2", "3"\]/))
    }
}
