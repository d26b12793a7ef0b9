import ClusterRunnerPlugin
import Foundation
import Testing

/// Jobs with `batch`, on the embedded cluster and on slaves.
@Suite(.timeLimit(.minutes(20)))
struct BatchTests {
    /// A job that fails for the atom `bad`, and notes each of its processes in `starts`.
    private static let job: JSONValue = [
        "commands": [
            """
            echo start >> starts
            { echo '<testsuite>'
            while read -r atom; do
              echo "<testcase classname='$atom' name='test'>"
              [ "$atom" != bad ] || { echo '<failure/>'; code=1; }
              echo '</testcase>'
            done < "$ATOMS_FILE"
            echo '</testsuite>'; } > "$ARTIFACT_DIR/report.xml"
            exit ${code-0}
            """
        ],
        "atomizers": [["T": "seq 20; echo bad"]],
        "batch": true,
        "junit": "report.xml",
    ]

    private func starts(_ cluster: RunningCluster) throws -> Int {
        let text = try String(contentsOfFile: "\(cluster.scratch)/empty project/starts", encoding: .utf8)
        return text.split(separator: "\n").count
    }

    @Test func `Atoms share processes, and exactly the bad one fails`() async throws {
        try await RunningCluster.with(slaves: 2, executors: 1) { cluster in
            let build = try await cluster.run(try cluster.inline(Self.job))
            #expect(build["result"] == "FAILURE" && build["num_atoms"] == 21, "\(build)")
            #expect(build["failed_atoms"].array?.count == 1)
            #expect(try starts(cluster) < 15)
        }
    }

    @Test func `An atom that kills its shell fails alone`() async throws {
        try await RunningCluster.with { cluster in
            var job = try #require(Self.job.object)
            job["commands"] = ["while read -r atom; do [ \"$atom\" != bad ] || kill -KILL $$; done < \"$ATOMS_FILE\""]
            job["junit"] = nil
            let build = try await cluster.run(try cluster.inline(.object(job)))
            #expect(build["result"] == "FAILURE", "\(build)")
            #expect(build["failed_atoms"].array?.count == 1, "\(build)")
        }
    }

    @Test func `The batch of a lost slave runs again on another one`() async throws {
        try await RunningCluster.with(slaves: 1, executors: 1) { cluster in
            var job = try #require(Self.job.object)
            job["commands"] = [
                "if mkdir first 2>/dev/null; then echo $$ > id; mv id holder; sleep 300; fi; cat \"$ATOMS_FILE\" >> ran"
            ]
            job["junit"] = nil
            let slave = try #require(cluster.processes.last)
            let build = try await cluster.request(try cluster.inline(.object(job)))
            let holder = "\(cluster.scratch)/empty project/holder"
            try await cluster.poll("/v1/build/\(build)") { _ in FileManager.default.fileExists(atPath: holder) }
            kill(slave, SIGKILL)
            // Nobody ends the command of a slave that was killed; it is in a session of its own.
            let text = try String(contentsOfFile: holder, encoding: .utf8)
            let session = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            kill(-session, SIGKILL)
            try await cluster.addSlave(executors: 1)
            let ended = try await cluster.ended(build)
            #expect(ended["result"] == "NO_FAILURES", "\(ended)")
            let ran = try String(contentsOfFile: "\(cluster.scratch)/empty project/ran", encoding: .utf8)
            let lines = ran.split(separator: "\n").map(String.init)
            #expect(lines.sorted() == ((1...20).map(String.init) + ["bad"]).sorted())
        }
    }

    @Test func `A build without a master runs batches, too`() async throws {
        try await RunningCluster.withNothing { cluster in
            let job = """
                Tests:
                  batch: true
                  commands: ['echo x >> starts; echo "$ATOMS"']
                  atomizers: [{T: 'seq 40'}]

                """
            try Project(jobFile: job).write(to: "\(cluster.scratch)/project")
            let arguments = ["build", "--config-file", try cluster.embeddedConfiguration()]
            let (code, output) = try await cluster.run(arguments, in: "\(cluster.scratch)/project")
            #expect(code == 0 && output.contains("40 of 40 atoms"), "\(output)")
            let starts = try String(contentsOfFile: "\(cluster.scratch)/project/starts", encoding: .utf8)
            #expect(starts.split(separator: "\n").count < 30)
        }
    }
}
