import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerCommands

@Suite struct BuildViewTests {
    private func view(_ progress: JSONValue?, waitingFor: String? = nil) throws -> BuildView {
        let report = try progress.map { try ProgressRepresentation.sample($0) }
        return BuildView(build: 12, progress: report, waitingFor: waitingFor)
    }

    private let half: JSONValue = [
        "atoms": 200, "done": 100, "failed": 3, "flaky": 1, "running": 4, "expected_seconds_left": 40,
    ]

    @Test func `A master without room is told while atoms run, with one full stop`() throws {
        var view = BuildView(build: 1)
        view.progress = try ProgressRepresentation.sample(["atoms": 3, "running": 2])
        view.waitingFor = "room on the master's disk: The database cannot be written. Make room."
        #expect(view.obstacle == view.waitingFor)
        #expect(
            view.plainLine(elapsed: 1)?.hasSuffix(
                "waiting for room on the master's disk: The database cannot be written. Make room."
            ) == true
        )
        view.waitingFor = "a free executor"
        #expect(view.obstacle == nil)
        #expect(view.plainLine(elapsed: 1)?.contains("a free executor") == false)
    }

    @Test func `The live line fills eighty columns but one`() throws {
        let line = try view(half).liveLine(elapsed: 65, width: 80, style: .plain)
        #expect(
            line == "Build 12  [======>     ]  100/200  3 failed  1 flaky  4 running  1:05  ETA 0:40"
        )
        #expect(line.count == 79)
    }

    @Test func `The bar grows to forty columns and no more`() throws {
        let line = try view(half).liveLine(elapsed: 65, width: 120, style: .plain)
        let bar = "[===================>                  ]"
        #expect(line == "Build 12  \(bar)  100/200  3 failed  1 flaky  4 running  1:05  ETA 0:40")
    }

    @Test func `On a narrow terminal the bar goes first, then what stands last`() throws {
        #expect(
            try view(half).liveLine(elapsed: 65, width: 50, style: .plain)
                == "Build 12  100/200  3 failed  1 flaky  4 running"
        )
        #expect(try view(half).liveLine(elapsed: 65, width: 12, style: .plain) == "Build 12  …")
        for width in 1...200 {
            #expect(try view(half).liveLine(elapsed: 65, width: width, style: .plain).count <= max(0, width - 1))
        }
    }

    @Test func `Colours change nothing but colours`() throws {
        let coloured = try view(half).liveLine(elapsed: 65, width: 80, style: TextStyle(isColoured: true))
        let plain = try view(half).liveLine(elapsed: 65, width: 80, style: .plain)
        #expect(coloured.replacing(/\u{1B}\[[0-9]+m/, with: "") == plain)
        #expect(coloured.contains("\u{1B}[31m3 failed\u{1B}[0m"))
    }

    @Test func `A build that waits says what for`() throws {
        let waiting = try view(["atoms": .null, "done": 0, "running": 0], waitingFor: "a slave")
        #expect(waiting.liveLine(elapsed: 3, width: 80, style: .plain) == "Build 12  0:03  waiting for a slave")
        #expect(waiting.plainLine(elapsed: 3) == "Build 12: waiting for a slave.")
        #expect(try view(nil).liveLine(elapsed: 0, width: 80, style: .plain) == "Build 12  0:00")
        #expect(try view(nil).plainLine(elapsed: 0) == nil)
    }

    @Test func `A master that does not answer is said, whatever was known`() throws {
        var silent = try view(half)
        silent.isMasterSilent = true
        #expect(
            silent.liveLine(elapsed: 1, width: 80, style: .plain)
                == "Build 12  the master does not answer, trying again"
        )
    }

    @Test func `A build that is being canceled has no time to wait for`() throws {
        var canceling = try view(half)
        canceling.isCanceling = true
        let line = canceling.liveLine(elapsed: 65, width: 60, style: .plain)
        #expect(line == "Build 12  100/200  3 failed  1 flaky  being canceled  1:05")
    }

    @Test func `A plain line has everything in words`() throws {
        let line = "Build 12: 100 of 200 atoms, 3 failed, 1 flaky, 4 running, 1:05 elapsed, about 0:40 left."
        #expect(try view(half).plainLine(elapsed: 65) == line)
    }
}

@Suite struct GitHubReportTests {
    private func report(failed count: Int, output: [String] = ["100% :: a,b"]) throws -> GitHubReport {
        let atoms = (0..<count).map { number -> JSONValue in
            [
                "subjob_id": .integer(number), "id": 0, "command_string": .string("export A=\"a:\(number)|b\";"),
                "state": "COMPLETED", "exit_code": 1, "actual_time": .number(2.5),
            ]
        }
        let members: [String: JSONValue] = [
            "id": 3, "state": "FINISHED", "result": "FAILURE", "num_atoms": 30, "failed_atoms": .array(atoms),
        ]
        return GitHubReport(
            status: try BuildRepresentation.sample(members),
            outputs: Array(repeating: output, count: min(count, 10)),
            slowest: SlowestAtoms(in: "/nowhere")
        )
    }

    @Test func `An annotation has its message and properties escaped`() throws {
        let line = try #require(try report(failed: 1).annotations.first)
        #expect(
            line
                == "::error title=a%3A0|b::a:0|b (exit code 1; artifact_0_0)%0A100%25 :: a,b"
        )
    }

    @Test func `There are no more annotations than GitHub shows, and the last one counts the rest`() throws {
        #expect(try report(failed: 10).annotations.count == 10)
        let many = try report(failed: 12).annotations
        #expect(many.count == 10)
        #expect(many.last == "::error title=More failed atoms::3 more atoms failed.")
    }

    @Test func `The summary is a table in which no value is markup`() throws {
        #expect(
            try report(failed: 1).summary == """
                ### ClusterRunner: build 3 failed, 1 of 30 atoms

                | Failed atoms | Exit code | Seconds | Results |
                |---|---:|---:|---|
                | <code>a:0&#124;b</code> | 1 | 2.50 | `artifact_0_0` |


                """
        )
    }
}

@Suite struct SlowestAtomsTests {
    @Test(
        arguments: [
            (#"export A="a b"; run $A"#, #"export A="a b";"#), (#"export A="a\"; b"; run"#, #"export A="a\"; b";"#),
            (#"export A="a\\"; "x""#, #"export A="a\\";"#), ("none", "none"),
            (#"export A=$'\'\xe9"'; x "$A""#, #"export A=$'\'\xe9"';"#),
        ]
    ) func `The variable is found in a command`(command: String, variable: String) {
        #expect(SlowestAtoms.variable(of: command) == variable)
    }

    @Test func `The longest come first`() throws {
        let scratch = try ScratchDirectory()
        for (name, time) in [("artifact_0_0", "0.50"), ("artifact_1_0", "2.25"), ("artifact_2_0", "1.00")] {
            try scratch.write("\(time)\n", to: "r/\(name)/clusterrunner_time")
            try scratch.write("export N=\"\(name)\"; x\n", to: "r/\(name)/clusterrunner_command")
        }
        let slowest = SlowestAtoms(in: "\(scratch.path)/r", limit: 2)
        #expect(slowest.entries.map(\.seconds) == [2.25, 1])
        #expect(slowest.entries.first?.command == "export N=\"artifact_1_0\";")
    }
}
