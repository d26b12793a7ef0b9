import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite struct JUnitReportTests {
    private func atom(_ value: String, _ result: AtomResult?) -> AtomRecord {
        AtomRecord(buildID: 1, subjobID: 0, id: 0, atom: Atom(variable: "A", value: value), result: result)
    }

    private func build(
        _ name: String? = "Unit",
        _ state: BuildState = .finished,
        message: String? = nil,
        startedAt: Double? = nil
    ) -> BuildRecord {
        BuildRecord(
            id: 1,
            projectType: "directory",
            parameters: ProjectParameters([:]),
            jobName: name,
            state: state,
            errorMessage: message,
            timestamps: startedAt.map { [.building: $0] } ?? [:]
        )
    }

    private func run(_ number: Int, _ result: AtomResult, isObstructed: Bool = false) -> ReportedCase.EarlierRun {
        ReportedCase.EarlierRun(
            attempt: AttemptRecord(
                buildID: 1,
                subjobID: 0,
                atomID: 0,
                number: number,
                result: result,
                isObstructed: isObstructed
            )
        )
    }

    private func xml(_ name: String, _ atoms: [AtomRecord]) -> String {
        var report = JUnitReport(build(name))
        for atom in atoms { report.add(atom) }
        return String(decoding: report.document(), as: UTF8.self)
    }

    @Test func `Each atom is a test case, passed, failed or skipped`() {
        let text = xml(
            "Unit",
            [
                atom("good", AtomResult(exitCode: 0, seconds: 1.234)),
                atom("bad", AtomResult(exitCode: 3, seconds: 0.5, console: .inline(Array("out\n".utf8)))),
                atom("slow", AtomResult(exitCode: 143, seconds: 2, cause: "timeout", console: .file)),
                atom("never", nil),
            ]
        )
        #expect(
            text == """
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuites tests="4" failures="2" errors="0" time="3.73">
                  <testsuite name="Unit" package="Unit" id="0" tests="4" failures="2" errors="0" skipped="1" time="3.73" \
                timestamp="1970-01-01T00:00:00" hostname="localhost">
                    <properties/>
                    <testcase classname="Unit" name="good" time="1.23"/>
                    <testcase classname="Unit" name="bad" time="0.50">
                      <failure message="Exit code 3" type="exit_code">out&#10;</failure>
                    </testcase>
                    <testcase classname="Unit" name="slow" time="2.00">
                      <failure message="timeout" type="timeout">The output is in clusterrunner_console_output.</failure>
                    </testcase>
                    <testcase classname="Unit" name="never" time="0.00">
                      <skipped message="It never ran: fail_fast ended the build after another atom had failed."/>
                    </testcase>
                    <system-out/>
                    <system-err/>
                  </testsuite>
                </testsuites>

                """
        )
    }

    @Test func `The report has the form that Jenkins, GitLab and GitHub read`() {
        let all = (0...255).map { UInt8($0) }
        var report = JUnitReport(build("Unit \u{1}<", startedAt: 1_795_883_679))
        report.add(atom("good\n", AtomResult(exitCode: 0, seconds: 1e-9)))
        report.add(atom("", AtomResult(exitCode: 1, seconds: 1, console: .inline(all))))
        report.add(atom("slow", AtomResult(exitCode: 143, seconds: 61.5, cause: "time\"out", console: .file)))
        report.add(atom("never", nil))
        let (faults, form) = JUnitForm.check(report.document())
        #expect(faults == [])
        #expect(
            form.elements == [
                "testsuites": 1, "testsuite": 1, "properties": 1, "testcase": 4, "failure": 1, "error": 1,
                "skipped": 1, "system-out": 1, "system-err": 1,
            ]
        )
        #expect(form.suite["timestamp"] == "2026-11-28T16:34:39")
        #expect(form.suite["tests"] == "4" && form.suite["failures"] == "1" && form.suite["skipped"] == "1")
    }

    @Test func `A build that could not run is an error, however many of its atoms passed`() {
        var report = JUnitReport(build(nil, .error, message: "The set-up failed 5 times.\nOn host:1: <no disk>"))
        report.add(atom("good", AtomResult(exitCode: 0, seconds: 1)))
        report.add(atom("never", nil))
        let noWorkspace = AtomResult(exitCode: 126, seconds: 0, cause: "No such directory.")
        report.add(atom("obstructed", nil), earlier: [run(1, noWorkspace, isObstructed: true)])
        let (faults, form) = JUnitForm.check(report.document())
        #expect(faults == [])
        #expect(form.suite["tests"] == "4" && form.suite["errors"] == "2" && form.suite["skipped"] == "1")
        let text = String(decoding: report.document(), as: UTF8.self)
        #expect(
            text.contains(
                """
                    <testcase classname="Build 1" name="Build 1" time="0.00">
                      <error message="The set-up failed 5 times." type="build_error">The set-up failed 5 times.&#10;\
                On host:1: &lt;no disk&gt;</error>
                """
            )
        )
        #expect(
            text.contains("<skipped message=\"It never ran: the build ended in error. The set-up failed 5 times.\"/>")
        )
        #expect(text.contains("<error message=\"It could not be run: No such directory.\" type=\"could_not_run\">"))
    }

    @Test func `A canceled build is an error, too, even without atoms`() {
        let (faults, form) = JUnitForm.check(JUnitReport(build("Unit", .canceled)).document())
        #expect(faults == [])
        #expect(form.suite["tests"] == "1" && form.suite["errors"] == "1")
    }

    @Test func `The failures before a passed run are flaky ones, those before a failed one reruns`() {
        let failure = AtomResult(exitCode: 3, seconds: 1, console: .inline(Array("<first>\n".utf8)))
        var report = JUnitReport(build())
        report.add(atom("flaky", AtomResult(exitCode: 0, seconds: 1)), earlier: [run(1, failure)])
        report.add(atom("bad", failure), earlier: [run(1, failure), run(2, failure, isObstructed: true)])
        let (faults, form) = JUnitForm.check(report.document())
        #expect(faults == [])
        #expect(form.suite["tests"] == "2" && form.suite["failures"] == "1" && form.suite["errors"] == "0")
        #expect(form.elements["flakyFailure"] == 1 && form.elements["rerunFailure"] == 1)
        #expect(
            String(decoding: report.document(), as: UTF8.self).contains(
                """
                      <flakyFailure message="Exit code 3" type="exit_code"><stackTrace>Exit code 3</stackTrace>\
                <system-out>&lt;first&gt;&#10;</system-out></flakyFailure>
                """
            )
        )
    }

    @Test func `An atom whose repetition never came has no result here either, and shows its failure`() {
        for (state, ending) in [
            (BuildState.canceled, "the build was canceled."),
            (.finished, "fail_fast ended the build after another atom had failed."),
        ] {
            var report = JUnitReport(build("Unit", state))
            let failure = AtomResult(exitCode: 3, seconds: 1, console: .inline(Array("<out>".utf8)))
            report.add(atom("bad", nil), earlier: [run(1, failure)])
            let (faults, form) = JUnitForm.check(report.document())
            #expect(faults == [])
            #expect(form.suite["failures"] == "0" && form.suite["skipped"] == "1")
            #expect(
                String(decoding: report.document(), as: UTF8.self).contains(
                    """
                          <skipped message="Exit code 3, and it was not run again: \(ending)"/>
                          <system-out>&lt;out&gt;</system-out>
                    """
                )
            )
        }
    }

    @Test(
        arguments: [
            ("<testsuite name='a' tests='1'/>", "The root is <testsuite>"),
            ("<testsuites><testsuite tests='1'/></testsuites>", "<testsuite> has no name"),
            ("<testsuites time='1.2.3'/>", "time=\"1.2.3\" of <testsuites> is no seconds"),
            ("<testsuites><testcase name='a'/></testsuites>", "<testcase> stands in <testsuites>"),
            ("<testsuites skipped='1'/>", "<testsuites> may not have skipped"),
        ]
    ) func `A report of another form would be noticed`(xml: String, fault: String) {
        #expect(JUnitForm.check(Array(xml.utf8)).faults == [fault])
    }

    @Test func `The end of an output that is a file is shown as well`() {
        var report = JUnitReport(build())
        let result = AtomResult(exitCode: 1, seconds: 0, console: .file)
        report.add(atom("a", result), output: Array("the end".utf8))
        #expect(String(decoding: report.document(), as: UTF8.self).contains(">the end</failure>"))
    }

    @Test func `Markup is escaped and forbidden characters are replaced`() {
        #expect(JUnitReport.escape("<a href=\"x\">&'\n\t\r") == "&lt;a href=&quot;x&quot;&gt;&amp;'&#10;&#9;&#13;")
        #expect(JUnitReport.escape("\u{0}\u{1B}[31m\u{7}\u{FFFE}é😀") == "\u{FFFD}\u{FFFD}[31m\u{FFFD}\u{FFFD}é😀")
    }

    @Test func `Whatever an atom prints, the report can be parsed`() throws {
        let all = (0...255).map { UInt8($0) } + Array("]]></failure><x>".utf8)
        let text = xml("a\"<&\u{1}", [atom("v\"<&\u{0}", AtomResult(exitCode: 1, seconds: 1, console: .inline(all)))])
        let parser = Process()
        parser.executableURL = URL(filePath: "/usr/bin/env")
        parser.arguments = ["python3", "-c", "import sys, xml.dom.minidom as m; m.parse(sys.stdin.buffer)"]
        let input = Pipe()
        parser.standardInput = input
        try parser.start()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        parser.waitUntilExit()
        #expect(parser.terminationStatus == 0)
    }

    @Test func `Only the end of a long output is shown`() {
        let long = Array(String(repeating: "x", count: 9_000).utf8) + Array("end".utf8)
        let text = xml("Unit", [atom("a", AtomResult(exitCode: 1, seconds: 0, console: .inline(long)))])
        #expect(text.contains(String(repeating: "x", count: 7_997) + "end</failure>"))
        #expect(!text.contains(String(repeating: "x", count: 7_998)))
    }

    @Test(
        arguments: [(0, "0.00"), (-1, "0.00"), (0.005, "0.01"), (1.999, "2.00"), (61.5, "61.50"), (12.04, "12.04")]
            as [(Double, String)]
    )
    func `Seconds have two decimals`(seconds: Double, text: String) {
        #expect(ResultsArchive.twoDecimals(seconds) == text)
    }
}

extension JUnitReport {
    fileprivate mutating func add(
        _ atom: AtomRecord,
        earlier: [ReportedCase.EarlierRun] = [],
        output: [UInt8]? = nil
    ) {
        for each in ReportedCase.cases(of: atom, in: build, earlier: earlier, output: output, named: []) { add(each) }
    }

    /// Returns the whole document of a build.
    fileprivate func document() -> [UInt8] {
        var report = self
        if let unfinished = ReportedCase(unfinished: build) { report.add(unfinished) }
        return report.xml()
    }
}
