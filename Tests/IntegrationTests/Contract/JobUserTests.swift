import ClusterRunnerPlugin
import Foundation
import Testing

/// Builds whose commands run as the user `nobody`, unlike the services.
@Suite(.enabled(if: geteuid() == 0, "only root can run commands as another user"), .timeLimit(.minutes(20)))
struct JobUserTests {
    /// A job that fails if it has a right too many or a right too few.
    private static let job = """
        Tests:
          setup_build:
            - |
              test "$(id -un)" = nobody
              test "$HOME" = "$(getent passwd nobody | cut -d: -f6)"
              if test -d .git; then
                git fsck --no-dangling
                git log --oneline | head -1
                echo left > left-behind
              fi
              if test -d closed; then chmod 700 closed; chmod 700 closed/below; rm -rf closed; fi
              mkdir -p closed/below
              echo x > closed/below/file
              chmod 0 closed/below closed
              (setsid sleep 1000 > /dev/null 2>&1 &)
          commands:
            - |
              test "$(id -un)" = nobody
              echo "as $(id -un)" >> /dev/stderr
              rm -rf "$ARTIFACT_DIR"
              mkdir -p "$ARTIFACT_DIR/closed"
              echo "$N" > "$ARTIFACT_DIR/number"
              echo "$N" > "$ARTIFACT_DIR/closed/file"
              chmod 0 "$ARTIFACT_DIR/closed"
              for file in "SCRATCH"/*.conf "SCRATCH"/*/clusterrunner.log "SCRATCH"/*/eventlog.log; do
                if cat "$file"; then exit 3; fi
              done
              for service in $(pgrep -f "SCRATCH"); do
                for file in environ mem maps; do
                  if test "$(stat -c %U /proc/$service)" = root && head -c1 /proc/$service/$file; then exit 4; fi
                done
              done
              for folder in "SCRATCH"/master/master "SCRATCH"/slave/slave-0 "SCRATCH"/embedded/embedded/1; do
                if ls "$folder"; then exit 5; fi
                for name in registration.key clusterrunner.db projects results kept-65534 lock; do
                  if cat "$folder/$name" || ls "$folder/$name"/; then exit 6; fi
                done
              done
              if kill -0 $PPID; then exit 7; fi
              if test -d .git && touch "$PROJECT_DIR/../x"; then exit 8; fi
          teardown_build:
            - test "$(id -un)" = nobody
          atomizers:
            - N: test "$(id -un)" = nobody && seq 2
        """

    private func project(_ cluster: RunningCluster) -> Project {
        let text = Self.job.replacing("SCRATCH", with: cluster.scratch)
        return Project(jobFile: text, files: ["x": "y"])
    }

    private func open(_ cluster: RunningCluster) { chmod(cluster.scratch, 0o755) }

    @Test func `Commands of a cluster run as job_user, who reaches no secret and needs no more rights`() async throws {
        try await RunningCluster.withNothing { cluster in
            open(cluster)
            try await cluster.startMaster(settings: "job_user = nobody")
            try await cluster.addSlave(
                named: "slave",
                executors: 2,
                master: cluster.port,
                settings: "job_user = nobody"
            )
            let fields = try await cluster.git(project(cluster))
            for number in 1...3 {
                let build = try await cluster.run(fields)
                let consoles = "\(cluster.scratch)/master/master/results/\(number)"
                let output = try await shell("cat \(consoles)/*/clusterrunner_console_output || true", in: "/")
                #expect(build["result"] == "NO_FAILURES", "\(build)\n\(output)\n\(cluster.logs)")
                try await cluster.idle()
            }
            // This includes files that a build had made inaccessible.
            let rest = "find */*/kept-*/*/0.state -mindepth 1 -type d"
            try await shell(
                "for i in $(seq 300); do test \"$(\(rest))\" || exit 0; sleep .1; done; exit 1",
                in: cluster.scratch
            )
            // The files of the first one were removed, and the workspace is closed now.
            let kept = try await shell(
                "ls -d slave/slave-0/kept-*/*/0/left-behind; ls slave/slave-0",
                in: cluster.scratch
            )
            #expect(kept.hasSuffix("builds\ncommands\nkept-65534\nlock\nprojects\ntrash"), "\(kept)")
            let workspaces = try await shell("stat -c '%U %a' */*/kept-*/*/0", in: cluster.scratch)
            #expect(workspaces == "root 700\nroot 700")
        }
    }

    @Test func `Commands of the embedded cluster run as job_user, too`() async throws {
        try await RunningCluster.withNothing { cluster in
            open(cluster)
            let config = try cluster.writeConfiguration("embedded", "master_port = 1\njob_user = nobody")
            let directory = "\(cluster.scratch)/project"
            try project(cluster).write(to: directory)
            chmod(directory, 0o777)
            let results = "\(cluster.scratch)/results"
            let (code, output) = try await cluster.run(
                ["build", "--config-file", config, "--results", results],
                in: directory
            )
            #expect(code == 0, "\(output)")
            let artifacts = try ArtifactTree.read(results)
            #expect(artifacts["artifact_1_0/number"] == Data("2\n".utf8))
            #expect(artifacts["artifact_1_0/closed/file"] == Data("2\n".utf8))
        }
    }

    @Test func `A job file that is a link to a file of root is not read`() async throws {
        try await RunningCluster.withNothing { cluster in
            open(cluster)
            try await cluster.startMaster(settings: "job_user = nobody")
            let directory = "\(cluster.scratch)/project"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            symlink("\(cluster.scratch)/master.conf", "\(directory)/clusterrunner.yaml")
            let fields: [String: JSONValue] = ["type": "directory", "project_directory": .string(directory)]
            let build = try await cluster.run(fields)
            let reason =
                "The job file \"\(directory)/clusterrunner.yaml\" cannot be read: the user \"nobody\" (65534) may not read "
                + "\"\(directory)/clusterrunner.yaml\", which has the mode 600 and belongs to \"root\" (0)."
            #expect(build["error_message"] == .string(reason))
            let remote: JSONValue = ["file": .string("file://\(cluster.scratch)/master.conf")]
            let inline = try cluster.inline(["commands": ["true"], "atomizers": [["N": "echo 1"]]])
            let other = try await cluster.run(inline.merging(["remote_files": remote]) { $1 })
            #expect(other["error_message"].string?.contains("cannot be read: Permission denied.") == true, "\(other)")
        }
    }

    @Test func `A service whose job_user cannot be is refused`() async throws {
        try await RunningCluster.withNothing { cluster in
            open(cluster)
            func refusal(_ name: String, _ settings: String, prepare: (String) -> Void = { _ in }) async throws
                -> String
            {
                let config = try cluster.writeConfiguration(name, settings)
                prepare(config)
                let (code, output) = try await cluster.run(["master", "--port", "0", "--config-file", config])
                #expect(code == 2, "\(output)")
                return output
            }
            let unknown = try await refusal("unknown", "job_user = no-such-user")
            #expect(unknown.contains("job_user is no-such-user, but this machine has no user of that name."))
            #expect(try await refusal("root", "job_user = root").contains("job_user is root, which is root"))
            let closed = try await refusal("closed", "job_user = nobody") { _ in
                mkdir("\(cluster.scratch)/above", 0o700)
                try? FileManager.default.createSymbolicLink(
                    atPath: "\(cluster.scratch)/closed",
                    withDestinationPath: "\(cluster.scratch)/above/base"
                )
                mkdir("\(cluster.scratch)/above/base", 0o700)
            }
            #expect(
                closed.contains("job_user is nobody, which cannot enter \(cluster.scratch)/closed on the way"),
                "\(closed)"
            )
            let readable = try await refusal("readable", "job_user = nobody") { config in
                chown(config, 0, 65_534)
                chmod(config, 0o640)
            }
            #expect(
                readable.contains("job_user is nobody, which can read \(cluster.scratch)/readable.conf"),
                "\(readable)"
            )
        }
    }

    @Test func `A service that is not root cannot have a job_user`() async throws {
        try await RunningCluster.withNothing { cluster in
            chmod(cluster.scratch, 0o777)
            let config = try cluster.writeConfiguration("plain", "job_user = nobody")
            chown(config, 54_321, 54_321)
            let entrance = ["/usr/bin/setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]
            for verb in [["master", "--port", "0"], ["slave", "--port", "0"]] {
                let program = try cluster.start("plain", verb + ["--config-file", config], through: entrance)
                #expect(try await program.exitCode() == 2)
                let sentence =
                    "job_user is nobody, but only root can run commands as another user, and this process belongs "
                #expect(program.output.contains("\(sentence)to user 54321."), "\(program.output)")
            }
        }
    }
}
