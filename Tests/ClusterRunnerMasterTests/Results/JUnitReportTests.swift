import ClusterRunnerCore
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite struct JUnitReportTests {
    private func atom(_ value: String, _ result: AtomResult?) -> AtomRecord {
        AtomRecord(buildID: 1, subjobID: 0, id: 0, atom: Atom(variable: "A", value: value), result: result)
    }

    private func xml(_ name: String, _ atoms: [AtomRecord]) -> String {
        var report = JUnitReport(name: name)
        for atom in atoms { report.add(atom) }
        return String(decoding: report.xml(), as: UTF8.self)
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
                  <testsuite name="Unit" tests="4" failures="2" errors="0" skipped="1" time="3.73">
                    <testcase classname="Unit" name="good" time="1.23"/>
                    <testcase classname="Unit" name="bad" time="0.50">
                      <failure message="Exit code 3" type="exit_code">out&#10;</failure>
                    </testcase>
                    <testcase classname="Unit" name="slow" time="2.00">
                      <failure message="timeout" type="not_run_to_its_end">The output is in clusterrunner_console_output.</failure>
                    </testcase>
                    <testcase classname="Unit" name="never" time="0.00"><skipped message="It did not run."/></testcase>
                  </testsuite>
                </testsuites>

                """
        )
    }

    @Test func `The report has the form that Jenkins, GitLab and GitHub read`() {
        let all = (0...255).map { UInt8($0) }
        var report = JUnitReport(name: "Unit \u{1}<", startedAt: 1_795_883_679)
        report.add(atom("good\n", AtomResult(exitCode: 0, seconds: 1e-9)))
        report.add(atom("", AtomResult(exitCode: 1, seconds: 1, console: .inline(all))))
        report.add(atom("slow", AtomResult(exitCode: 143, seconds: 61.5, cause: "time\"out", console: .file)))
        report.add(atom("never", nil))
        let (faults, form) = JUnitForm.check(report.xml())
        #expect(faults == [])
        #expect(form.elements == ["testsuites": 1, "testsuite": 1, "testcase": 4, "failure": 2, "skipped": 1])
        #expect(form.suite["timestamp"] == "2026-11-28T16:34:39")
        #expect(form.suite["tests"] == "4" && form.suite["failures"] == "2" && form.suite["skipped"] == "1")
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
        var report = JUnitReport(name: "Unit")
        let result = AtomResult(exitCode: 1, seconds: 0, console: .file)
        report.add(atom("a", result), output: Array("the end".utf8))
        #expect(String(decoding: report.xml(), as: UTF8.self).contains(">the end</failure>"))
    }

    @Test func `Markup is escaped and forbidden characters are replaced`() {
        #expect(JUnitReport.escape("<a href=\"x\">&'\n\t") == "&lt;a href=&quot;x&quot;&gt;&amp;'&#10;\t")
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
        try parser.run()
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
