import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite struct ReportedCaseTests {
    private let build = BuildRecord(
        id: 1,
        projectType: "directory",
        parameters: ProjectParameters([:]),
        jobName: "Unit",
        state: .finished,
        timestamps: [.building: 10, .finished: 12.5]
    )

    private func cases(
        exitCode: Int = 0,
        cause: String? = nil,
        earlier: [ReportedCase.EarlierRun] = [],
        _ named: [TestCase]
    ) -> [ReportedCase] {
        let atom = AtomRecord(
            buildID: 1,
            subjobID: 0,
            id: 0,
            atom: Atom(variable: "A", value: "tests/a.py"),
            state: .completed,
            result: AtomResult(exitCode: exitCode, seconds: 2, cause: cause, cases: CaseCounts(named))
        )
        let records = named.enumerated().map { position, each in
            CaseRecord(
                id: CaseID(position + 1),
                buildID: 1,
                subjobID: 0,
                atomID: 0,
                position: position,
                atom: atom.atom,
                testCase: each
            )
        }
        return ReportedCase.cases(of: atom, in: build, earlier: earlier, output: nil, named: records)
    }

    private let passed = TestCase(name: "adds", className: "Sums", file: "a.py", seconds: 0.0625, outcome: .passed)
    private let failed = TestCase(
        name: "divides",
        seconds: 1,
        outcome: .failed,
        failure: CaseFailure(message: "1 < 2", type: "Assertion<Error>", text: "line \u{1B}3"),
        otherFailures: [CaseFailure(message: "earlier", text: "line 1")]
    )
    private let flaky = TestCase(
        name: "opens",
        outcome: .flaky,
        otherFailures: [CaseFailure(message: "once", type: "IOError", text: "trace")]
    )

    @Test func `The cases of a report stand for their atom`() {
        #expect(cases([passed]).map(\.name) == ["adds"])
        #expect(cases(exitCode: 1, [passed, failed]).map(\.name) == ["adds", "divides"])
        #expect(cases([]).map(\.name) == ["tests/a.py"])
    }

    @Test func `An atom whose failure its cases do not explain is a case too`() {
        #expect(cases(exitCode: 1, [passed]).map(\.verdict.isFailure) == [false, true])
        #expect(cases(exitCode: 1, cause: "timeout", [failed]).map(\.name) == ["divides", "tests/a.py"])
        let crash = AttemptRecord(
            buildID: 1,
            subjobID: 0,
            atomID: 0,
            number: 1,
            result: AtomResult(exitCode: 139, seconds: 1),
            isObstructed: false
        )
        let earlier = [ReportedCase.EarlierRun(attempt: crash)]
        #expect(cases(earlier: earlier, [passed]).map(\.isFlaky) == [false, true])
        #expect(cases(earlier: earlier, [passed, flaky]).map(\.isFlaky) == [false, true])
        #expect(cases(earlier: earlier, [passed, flaky]).map(\.name) == ["adds", "opens"])
    }

    @Test func `Cases keep their names, classes and files, and Surefire's elements for failures that do not count`() {
        var report = JUnitReport(build)
        for each in cases(exitCode: 1, [passed, failed, flaky]) { report.add(each) }
        #expect(
            String(decoding: report.xml(), as: UTF8.self) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuites tests="3" failures="1" errors="0" time="1.06">
                  <testsuite name="a.py" package="Unit" id="0" tests="1" failures="0" errors="0" skipped="0" time="0.06" \
                timestamp="1970-01-01T00:00:10" hostname="localhost">
                    <properties/>
                    <testcase classname="Sums" name="adds" time="0.063"/>
                    <system-out/>
                    <system-err/>
                  </testsuite>
                  <testsuite name="Unit" package="Unit" id="1" tests="2" failures="1" errors="0" skipped="0" time="1.00" \
                timestamp="1970-01-01T00:00:10" hostname="localhost">
                    <properties/>
                    <testcase classname="tests/a.py" name="divides" time="1.000">
                      <failure message="1 &lt; 2" type="Assertion&lt;Error&gt;">line \u{FFFD}3</failure>
                      <rerunFailure message="earlier" type="failure"><stackTrace>earlier</stackTrace>\
                <system-out>line 1</system-out></rerunFailure>
                    </testcase>
                    <testcase classname="tests/a.py" name="opens" time="0.000">
                      <flakyFailure message="once" type="IOError"><stackTrace>once</stackTrace>\
                <system-out>trace</system-out></flakyFailure>
                    </testcase>
                    <system-out/>
                    <system-err/>
                  </testsuite>
                </testsuites>

                """
        )
        #expect(JUnitForm.check(report.xml()).faults == [])
    }

    @Test func `The report in CTRF has the same cases`() throws {
        var report = CTRFReport(build)
        let skipped = TestCase(name: "waits", outcome: .skipped, failure: CaseFailure(message: "no network"))
        for each in cases(exitCode: 1, [passed, failed, flaky, skipped]) { try report.add(each) }
        let json = try #require(JSONParser.value(of: report.json())?.object)
        let results = json["results"]?.object
        #expect(json["reportFormat"] == "CTRF")
        #expect(
            results?["summary"] == [
                "tests": 4, "passed": 2, "failed": 1, "skipped": 1, "pending": 0, "other": 0, "flaky": 1,
                "start": 10_000, "stop": 12_500,
            ]
        )
        let tests = try #require(results?["tests"]?.array).compactMap(\.object)
        #expect(
            tests[0] == [
                "name": "adds", "status": "passed", "rawStatus": "passed", "duration": 63, "suite": ["Unit", "Sums"],
                "filePath": "a.py",
            ]
        )
        #expect(tests[1]["message"] == "1 < 2" && tests[1]["retries"] == 1 && tests[1]["flaky"] == false)
        #expect(tests[2]["flaky"] == true && tests[2]["retryAttempts"]?.array?.count == 1)
        #expect(tests[3]["status"] == "skipped" && tests[3]["message"] == "no network")
    }
}
