import ClusterRunnerClient
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerCommands

@Suite struct BuildReportTests {
    let project: EmbeddedProject

    init() throws {
        project = try EmbeddedProject()
    }

    private func report(_ jobFile: String) async throws -> (failures: [String], summary: String) {
        try await project.build(jobFile) { client, status in
            let report = BuildReport(
                client: client,
                status: status,
                results: ResultsPlace(path: "/r"),
                slowest: SlowestAtoms(in: nil)
            )
            return (try await report.failures(), report.summary)
        }
    }

    @Test func `A build that passed is one line`() async throws {
        let (failures, summary) = try await report(
            "Unit:\n  commands: [\"true\"]\n  atomizers: [{A: \"seq 3\"}]\n"
        )
        #expect(failures.isEmpty)
        #expect(summary == "Build 1 passed, 3 of 3 atoms. Results: /r")
    }

    @Test func `A failed atom is shown with its exit code, its folder and the end of its output`() async throws {
        let (failures, summary) = try await report(
            """
            Unit:
              commands: ['[ "$A" = good ] || { seq 30; echo; echo "last of $A"; exit 7; }']
              atomizers: [{A: "echo good; echo bad"}]
            """
        )
        #expect(summary == "Build 1 failed, 1 of 2 atoms. Results: /r")
        let title = try #require(failures.first)
        #expect(title == "FAILED bad (exit code 7; artifact_1_0)")
        #expect(Array(failures.dropFirst()) == (13...30).map { "    \($0)" } + ["    ", "    last of bad"])
    }

    @Test func `A cause stands in place of the exit code`() async throws {
        let (failures, _) = try await report(
            "Unit:\n  timeout: 0.2\n  commands: [\"sleep 60\"]\n  atomizers: [{A: \"echo 1\"}]\n"
        )
        #expect(failures == ["FAILED 1 (timeout; artifact_0_0)", "    (no output)"])
    }

    @Test func `The twenty-first failed atom is only named`() async throws {
        let (failures, summary) = try await report(
            "Unit:\n  commands: [\"echo out; exit 1\"]\n  atomizers: [{A: \"seq 21\"}]\n"
        )
        #expect(summary == "Build 1 failed, 21 of 21 atoms. Results: /r")
        #expect(failures.filter { $0.hasPrefix("FAILED") }.count == 21)
        #expect(failures.filter { $0 == "    out" }.count == 20)
        #expect(failures.last?.hasPrefix("FAILED") == true)
    }

    @Test func `A build that could not be run is called an error`() async throws {
        let (failures, summary) = try await report(
            "Unit:\n  commands: [\"true\"]\n  atomizers: [{A: \"exit 3\"}]\n"
        )
        #expect(failures.isEmpty)
        #expect(summary == "Build 1 ended in error. Results: /r")
    }
}
