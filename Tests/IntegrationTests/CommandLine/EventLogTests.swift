import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

/// The event logs of masters and slaves.
@Suite(.timeLimit(.minutes(20)))
struct EventLogTests {
    private func events(_ text: String) throws -> [JSONValue] {
        try text.split(separator: "\n").map { try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
    }

    @Test func `A slave writes what it does for a build`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let path = "\(cluster.scratch)/slave-events.log"
            let config = try cluster.writeConfiguration("slave", "eventlog_filename = \(path)")
            let slave = try cluster.start(
                "slave",
                ["slave", "--master-url", "127.0.0.1:\(cluster.port)", "--port", "0", "--config-file", config]
                    + ["--eventlog-file", path]
            )
            let job = "Tests:\n  commands: [\"exit $T\"]\n  atomizers: [{T: \"seq 0 1\"}]\n"
            try Project(jobFile: job).write(to: "\(cluster.scratch)/project")
            let arguments = ["build", "--master-url", "127.0.0.1:\(cluster.port)", "--config-file", config]
            let (code, output) = try await cluster.run(arguments, in: "\(cluster.scratch)/project")
            #expect(code == 1, "\(output)")
            await slave.end()
            let events = try events(String(contentsOfFile: path, encoding: .utf8))
            let tags = events.compactMap { $0["__tag__"].string }
            #expect(tags.first == "SERVICE_STARTED" && events.first?["service"] == "slave")
            #expect(Set(tags).isSuperset(of: ["BUILD_SETUP_START", "BUILD_SETUP_FINISH", "SUBJOB_EXECUTION_START"]))
            #expect(tags.filter { $0 == "SUBJOB_EXECUTION_FINISH" }.count == 2, "\(tags)")
            let ends = events.filter { $0["__tag__"] == "ATOM_FINISH" }
            #expect(ends.map { $0["exit_code"].integer } == [0, 1], "\(events)")
            #expect(ends.first?["job_name"] == "Tests" && ends.first?["build_id"] == 1)
            #expect(events.map { $0["__id__"].integer } == Array(1...events.count))
        }
    }

    @Test func `The log of a master tells of slaves and builds, as JSON if asked, and more after USR1`() async throws {
        try await RunningCluster.withNothing { cluster in
            try await cluster.startMaster(settings: "log_level = INFO\nlog_format = json\n")
            let master = try #require(cluster.master)
            let slave = try await cluster.addSlave(executors: 1)
            let job: JSONValue = ["commands": ["exit $N"], "atomizers": [["N": "seq 0 1"]], "retries": 1]
            _ = try await cluster.ended(try await cluster.request(try cluster.inline(job)))
            slave.send(SIGKILL)
            _ = try await master.line(after: "is lost, and its work goes to others")
            master.send(SIGUSR1)
            _ = try await master.line(after: "USR1: the log level is DEBUG until the next USR1.")
            master.send(SIGUSR1)
            _ = try await master.line(after: "USR1: the log is as detailed as its level of the configuration says.")
            let path = "\(cluster.scratch)/master/clusterrunner.log"
            let records = try events(String(contentsOfFile: path, encoding: .utf8))
            let texts = records.compactMap { record in
                record["level"].string.flatMap { level in record["message"].string.map { "\(level) \($0)" } }
            }
            let wanted = [
                "INFO Slave 1 (", "INFO Build 1 of job \"Tests\" is requested (directory).",
                "INFO Build 1 is prepared: 2 atoms in 2 subjobs.", "INFO Slave 1 (",
                "INFO The atom 0 of subjob 1 of build 1 failed on slave 1", "INFO Build 1 failed, 1 of 2 atoms after",
                "WARNING Slave 1 (",
            ]
            var rest = texts[...]
            for text in wanted {
                let found = rest.firstIndex { $0.hasPrefix(text) }
                #expect(found != nil, "\(text) is not in its place:\n\(texts.joined(separator: "\n"))")
                rest = rest[(found ?? rest.startIndex)...].dropFirst()
            }
        }
    }

    @Test func `Standard output as an event log has nothing else`() async throws {
        let product = try Product.path()
        let output = try await withScratchDirectory { scratch in
            try await shell(
                """
                umask 077; printf '[general]\\nsecret = abcdefghijkl\\nbase_directory = %s\\n' "$PWD" >c
                coproc S { exec '\(product)' slave -m 127.0.0.1:1 --port 0 -c "$PWD/c" --eventlog-file STDOUT 2>err; }
                pid=$S_PID; read -r line <&"${S[0]}"; kill $pid; wait $pid || true
                echo "$line"; grep -c offers err
                """,
                in: scratch
            )
        }
        #expect(output.hasSuffix("\n1"), "\(output)")
        #expect(try events(String(output.dropLast(2))).first?["__tag__"] == "SERVICE_STARTED", "\(output)")
    }
}
