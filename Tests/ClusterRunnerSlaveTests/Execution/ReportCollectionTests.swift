import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerReports
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerSlave

@Suite(.timeLimit(.minutes(5))) struct ReportCollectionTests {
    private func report(_ name: String, failed: Bool = false) -> String {
        "<testsuite><testcase name=\"\(name)\">\(failed ? "<failure/>" : "")</testcase></testsuite>"
    }

    /// Reads the reports of a directory that a shell script fills.
    private func collect(
        _ script: String,
        junit: [String] = [],
        output: ReportFormat? = nil,
        limits: ReportLimits = .standard
    ) async throws -> ReportCollection.Findings {
        try await withScratchDirectory { directory in
            try FileManager.default.createDirectory(atPath: "\(directory)/a", withIntermediateDirectories: false)
            let shell = Process()
            shell.executableURL = URL(filePath: "/bin/bash")
            shell.arguments = ["-euc", script]
            shell.currentDirectoryURL = URL(filePath: "\(directory)/a")
            try shell.start()
            shell.waitUntilExit()
            #expect(shell.terminationStatus == 0)
            return await ReportCollection(
                reports: JobReports(junit: junit.compactMap { PathPattern($0) }, output: output),
                directory: "\(directory)/a",
                console: "\(directory)/a/console",
                limits: limits
            ).collect()
        }
    }

    @Test func `All files that match are read, in the order of their paths`() async throws {
        let found = try await collect(
            """
            mkdir -p r/deep
            echo '\(report("one"))' > r/b.xml; echo '\(report("two"))' > r/deep/a.xml
            echo '\(report("three"))' > a.xml; echo '\(report("left out"))' > a.txt
            """,
            junit: ["**/*.xml"]
        )
        #expect(found.cases?.map(\.name) == ["three", "one", "two"])
        #expect(found.notes == [])
    }

    @Test func `What is no regular file is not waited for, and links lead nowhere`() async throws {
        let found = try await collect(
            """
            mkfifo pipe.xml; ln -s /etc/hostname link.xml; ln -s / root; mkdir dir.xml
            echo '\(report("one"))' > ok.xml; chmod 000 ok.xml; chmod 400 ok.xml
            """,
            junit: ["*.xml", "root/**/*.xml"]
        )
        #expect(found.cases?.map(\.name) == ["one"])
        #expect(found.notes == [])
        let none = try await collect("ln -s / root", junit: ["*.xml", "root/**/*.xml"])
        #expect(none.cases == nil)
        #expect(none.notes == ["junit: no file in $ARTIFACT_DIR matches \"*.xml\" or \"root/**/*.xml\"."])
    }

    @Test func `A broken report is a note, and the others count`() async throws {
        let found = try await collect(
            "echo '<html/>' > a.xml; echo '\(report("one"))' > b.xml; : > c.xml; printf '\\377\\n' > $'d\\377.xml'",
            junit: ["*.xml"]
        )
        #expect(found.cases?.map(\.name) == ["one"])
        #expect(
            found.notes == [
                "\"a.xml\" was not read as a report of test cases: its root is <html>, not <testsuites> or <testsuite>.",
                "\"c.xml\" was not read as a report of test cases: it is empty.",
                "\"d\\xff.xml\" was not read as a report of test cases: it is no complete XML: line 1, column 1.",
            ]
        )
    }

    @Test func `Limits hold for all reports of an atom together`() async throws {
        var limits = ReportLimits()
        limits.cases = 2
        let script = "for i in a b c; do echo '\(report("one"))' > $i.xml; done"
        let found = try await collect(script, junit: ["*.xml"], limits: limits)
        #expect(found.cases?.count == 2)
        let reason = "with it there would be more than 2 cases"
        #expect(found.notes == ["\"c.xml\" was not read as a report of test cases: \(reason)."])
        limits.fileBytes = 10
        #expect(try await collect(script, junit: ["a.xml"], limits: limits).cases == nil)
    }

    @Test func `Many notes are cut short`() async throws {
        let found = try await collect("for i in {10..40}; do : > $i.xml; done", junit: ["*.xml"])
        #expect(found.notes.count == 11)
        #expect(found.notes.last == "There are 21 more notes about reports of test cases.")
    }

    @Test func `The output is a report, too`() async throws {
        let found = try await collect("printf 'ok 1 - adds\\nnoise\\n1..1\\n' > console", output: .tap)
        #expect(found.cases == [TestCase(name: "adds", outcome: .passed)])
        let none = try await collect("echo noise > console", output: .tap)
        #expect(none.notes == ["The output was not read as a report of test cases: it has neither a plan nor a test."])
    }

    @Test(
        arguments: [
            (0, nil, [CaseOutcome.passed], nil, 0),
            (0, nil, [.failed, .error], "the report names 2 failed tests, the command ended with 0", 0),
            (0, nil, [.failed], "the report names 1 failed test, the command ended with 0", 0),
            (3, nil, [.passed], nil, 1),
            (3, nil, [.failed], nil, 0),
            (143, "timeout", [.failed], "timeout", 0),
        ] as [(Int, String?, [CaseOutcome], String?, Int)]
    )
    func `A run passes by exit code and report`(
        exitCode: Int,
        cause: String?,
        outcomes: [CaseOutcome],
        expected: String?,
        notes: Int
    ) {
        var result = AtomResult(exitCode: exitCode, seconds: 1, cause: cause)
        result.add(.init(cases: outcomes.map { TestCase(name: "a", outcome: $0) }))
        #expect(result.cause == expected)
        #expect(result.notes.count == notes)
        #expect(result.cases?.total == outcomes.count)
        #expect(result.isFailure == (exitCode != 0 || expected != nil))
    }
}
