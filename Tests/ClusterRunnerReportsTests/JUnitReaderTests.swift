import ClusterRunnerDomain
import Testing

@testable import ClusterRunnerReports

/// Reports in the forms that test runners document; `scripts/check-dialects.py` runs those that can be installed.
@Suite struct JUnitDialectTests {
    private func cases(_ xml: String) throws -> [TestCase] { try TestReport.junit(Array(xml.utf8)) }

    @Test func `Maven Surefire tells repeated failures from flaky cases`() throws {
        let found = try cases(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" name="com.example.MoneyTest" time="1,234.5" \
            tests="3" errors="0" skipped="0" failures="1">
              <properties><property name="java.version" value="17"/></properties>
              <testcase name="rounds" classname="com.example.MoneyTest" time="1,000.25">
                <failure message="expected: &lt;1&gt;" type="org.opentest4j.AssertionFailedError"><![CDATA[trace]]></failure>
                <rerunFailure message="expected: &lt;1&gt;" type="E"><stackTrace><![CDATA[again]]></stackTrace>\
            <system-out><![CDATA[printed]]></system-out></rerunFailure>
                <system-out><![CDATA[all of it]]></system-out>
              </testcase>
              <testcase name="adds" classname="com.example.MoneyTest" time="0.002">
                <flakyFailure message="once" type="E"><stackTrace>first</stackTrace><system-err>x</system-err></flakyFailure>
                <flakyError message="twice" type="F"><stackTrace>second</stackTrace></flakyError>
              </testcase>
              <testcase name="plain" classname="com.example.MoneyTest" time="0"/>
            </testsuite>
            """
        )
        let type = "org.opentest4j.AssertionFailedError"
        #expect(
            found == [
                TestCase(
                    name: "rounds",
                    className: "com.example.MoneyTest",
                    seconds: 1000.25,
                    outcome: .failed,
                    failure: CaseFailure(message: "expected: <1>", type: type, text: "trace"),
                    otherFailures: [CaseFailure(message: "expected: <1>", type: "E", text: "again")]
                ),
                TestCase(
                    name: "adds",
                    className: "com.example.MoneyTest",
                    seconds: 0.002,
                    outcome: .flaky,
                    otherFailures: [
                        CaseFailure(message: "once", type: "E", text: "first"),
                        CaseFailure(message: "twice", type: "F", text: "second"),
                    ]
                ),
                TestCase(name: "plain", className: "com.example.MoneyTest", seconds: 0, outcome: .passed),
            ]
        )
    }

    @Test func `Jest and Vitest give classes and files in several places`() throws {
        let jest = try cases(
            """
            <testsuites name="jest tests" tests="2" failures="1" errors="0" time="1.3">
              <testsuite name="sums" errors="0" failures="1" skipped="1" timestamp="2026-01-01T00:00:00" time="0.5" tests="2" \
            file="src/sums.test.js">
                <testcase classname="sums adds" name="sums adds" time="0.004"><failure>Error: expect(received)
                at Object.toBe (src/sums.test.js:3:1)</failure></testcase>
                <testcase classname="sums waits" name="sums waits" time="0"><skipped/></testcase>
              </testsuite>
            </testsuites>
            """
        )
        #expect(jest.map(\.file) == ["src/sums.test.js", "src/sums.test.js"])
        #expect(jest.map(\.outcome) == [.failed, .skipped])
        #expect(jest[0].failure?.message == "Error: expect(received)")
        #expect(jest[0].failure?.text?.hasSuffix("(src/sums.test.js:3:1)") == true)
        let vitest = try cases(
            """
            <testsuites name="vitest tests"><testsuite name="src/a.test.ts" tests="1">
            <testcase classname="src/a.test.ts" name="sums &gt; adds" time="0.01"></testcase></testsuite></testsuites>
            """
        )
        let adds = TestCase(name: "sums > adds", className: "src/a.test.ts", seconds: 0.01, outcome: .passed)
        #expect(vitest == [adds])
    }

    @Test func `PHPUnit's suites lie in each other`() throws {
        let found = try cases(
            """
            <testsuites><testsuite name="all" tests="2"><testsuite name="SumsTest" file="/p/SumsTest.php" tests="2">
              <testsuite name="SumsTest::testTexts" tests="1">
                <testcase name="testTexts with data set #0" class="SumsTest" classname="SumsTest" file="/p/SumsTest.php" \
            line="9" assertions="1" time="0.001"/>
              </testsuite>
              <testcase name="testError" class="SumsTest" file="/p/SumsTest.php" line="3" assertions="0" time="0.1">
                <error type="RuntimeException">SumsTest::testError
            RuntimeException: gone</error>
              </testcase>
            </testsuite></testsuite></testsuites>
            """
        )
        #expect(found.map(\.className) == ["SumsTest", "SumsTest"])
        #expect(found.map(\.outcome) == [.passed, .error])
        #expect(found[1].failure?.message == "SumsTest::testError")
    }

    @Test(
        arguments: [
            // gotestsum
            (
                """
                <testsuites tests="1"><testsuite tests="1" failures="1" time="0.5" name="example.org/sums">
                <properties><property name="go.version" value="go1.22"/></properties>
                <testcase classname="example.org/sums" name="TestAdds/two" time="0.5">
                <failure message="Failed" type="">=== RUN TestAdds/two</failure></testcase></testsuite></testsuites>
                """,
                TestCase(
                    name: "TestAdds/two",
                    className: "example.org/sums",
                    seconds: 0.5,
                    outcome: .failed,
                    failure: CaseFailure(message: "Failed", type: "", text: "=== RUN TestAdds/two")
                )
            ),
            // RSpec
            (
                """
                <testsuite name="rspec" tests="1" skipped="0" failures="1" errors="0" time="0.02">
                <testcase classname="spec.sums_spec" name="Sums adds" file="./spec/sums_spec.rb" time="0.01">
                <failure message="expected: 1" type="RSpec::Expectations::ExpectationNotMetError">Failure</failure>
                </testcase></testsuite>
                """,
                TestCase(
                    name: "Sums adds",
                    className: "spec.sums_spec",
                    file: "./spec/sums_spec.rb",
                    seconds: 0.01,
                    outcome: .failed,
                    failure: CaseFailure(
                        message: "expected: 1",
                        type: "RSpec::Expectations::ExpectationNotMetError",
                        text: "Failure"
                    )
                )
            ),
            // cargo-nextest
            (
                """
                <testsuites name="nextest-run" tests="1" uuid="1" timestamp="2026-01-01T00:00:00Z" time="1">
                <testsuite name="sums::bin/sums" tests="1" disabled="0" errors="0" failures="0">
                <testcase name="tests::adds" classname="sums" timestamp="2026-01-01T00:00:00Z" time="0.003">
                <flakyFailure timestamp="2026-01-01T00:00:00Z" time="0.1" message="panicked" type="test failure">at line 3
                <system-out>x</system-out></flakyFailure></testcase></testsuite></testsuites>
                """,
                TestCase(
                    name: "tests::adds",
                    className: "sums",
                    seconds: 0.003,
                    outcome: .flaky,
                    otherFailures: [CaseFailure(message: "panicked", type: "test failure", text: "at line 3")]
                )
            ),
            // GoogleTest
            (
                """
                <testsuites tests="1" disabled="1" name="AllTests"><testsuite name="Sums" tests="1">
                <testcase name="DISABLED_Adds" file="sums.cc" line="4" status="notrun" result="suppressed" time="0." \
                classname="Sums"/></testsuite></testsuites>
                """,
                TestCase(name: "DISABLED_Adds", className: "Sums", file: "sums.cc", seconds: 0, outcome: .skipped)
            ),
        ]
    )
    func `Other runners' forms are read`(xml: String, expected: TestCase) throws {
        #expect(try cases(xml) == [expected])
    }

    @Test func `A case without a class belongs to its suite, and several failures are one case`() throws {
        let found = try cases(
            """
            <testsuites><testsuite name="outer"><testcase name="a" time="nan"><failure message="one">1</failure>\
            <error message="two"/><failure>3</failure></testcase><testcase/></testsuite></testsuites>
            """
        )
        #expect(found.map(\.className) == ["outer", "outer"])
        #expect(found.map(\.seconds) == [nil, nil])
        #expect(found[0].outcome == .failed)
        #expect(found[0].failure == CaseFailure(message: "one", text: "1\n\ntwo\n\n3"))
        #expect(found[1] == TestCase(name: "(no name)", className: "outer", outcome: .passed))
    }
}

@Suite struct HostileReportTests {
    private func fault(_ bytes: [UInt8], _ limits: ReportLimits = .standard) -> String? {
        do {
            _ = try TestReport.junit(bytes, limits: limits)
            return nil
        } catch {
            return error.description
        }
    }

    @Test(
        arguments: [
            ("", "it is empty"),
            (" \n", "it is empty"),
            ("<html/>", "its root is <html>, not <testsuites> or <testsuite>"),
            ("<testsuite><testcase name=\"a\">", "it ends within <testcase>"),
            ("<testsuite><testcase name=\"a", "it ends within <testsuite>"),
            ("<testsuite><testcase></testsuite>", "it is no complete XML: line 1"),
            ("<testsuite/><testsuite/>", "it is no complete XML: line 1"),
            ("<testsuite><testcase><failure>text", "it ends within <failure>"),
            ("no", "it is no complete XML: line 1, column 1"),
            ("<testsuite><testcase name=\"a\"/></testsuite> more", "it is no complete XML: line 1"),
            // As Swift Testing writes it.
            (
                "<testsuite><testcase name=\"a\"/>\n<testcase name=\"`By \"zero\"`()\"/></testsuite>",
                "it is no complete XML: line 2"
            ),
            ("no XML", "it is no complete XML: line 1, column 1"),
            (
                "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><testsuite name=\"&b;\"/>",
                "it declares entities"
            ),
            ("<testsuite><testcase/><testcase/><testcase/></testsuite>", "it has more than 2 cases"),
            (
                "<testsuite><testsuite><testsuite><testsuite><testsuite/></testsuite></testsuite></testsuite></testsuite>",
                "it has more than 4 elements in each other"
            ),
        ]
    )
    func `What is no report is said in words`(xml: String, reason: String) {
        var limits = ReportLimits()
        (limits.cases, limits.depth) = (2, 4)
        #expect(fault(Array(xml.utf8), limits)?.hasPrefix(reason) == true, "\(fault(Array(xml.utf8), limits) ?? "")")
    }

    @Test func `A prefix that is not declared does not matter`() throws {
        let xml = "<testsuite xsi:schemaLocation=\"x\"><testcase name=\"a\"/><x:y/></testsuite>"
        #expect(try TestReport.junit(Array(xml.utf8)).map(\.name) == ["a"])
    }

    @Test func `A larger file is not read`() {
        var limits = ReportLimits()
        limits.fileBytes = 1 << 20
        #expect(fault([UInt8](repeating: 0x20, count: 1 << 20 + 1), limits) == "it is larger than 1 MiB")
    }

    @Test func `Bytes that XML does not have are replaced, in whatever form`() throws {
        let raw =
            Array("<testsuite><testcase name=\"a\u{1B}[1m".utf8) + [0xFF, 0x00]
            + Array("&#27;&#x1b;&#65;&amp;&lt;\"><failure><![CDATA[\u{8}]]></failure></testcase></testsuite>".utf8)
        let cases = try TestReport.junit(raw)
        #expect(cases.map(\.name) == ["a\u{FFFD}[1m\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}A&<"])
        #expect(cases[0].failure?.message == "\u{FFFD}")
    }

    @Test func `Other encodings are read as they are declared`() throws {
        let latin = Array("<?xml version='1.0' encoding='ISO-8859-1'?><testsuite><testcase name='".utf8) + [0xE9]
        #expect(try TestReport.junit(latin + Array("'/></testsuite>".utf8)).map(\.name) == ["é"])
        let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><testsuite><testcase name=\"ü\"/></testsuite>"
        let wide: [UInt8] = text.utf16.reduce(into: [0xFF, 0xFE]) { bytes, unit in
            bytes += [UInt8(unit & 0xFF), UInt8(unit >> 8)]
        }
        #expect(try TestReport.junit(wide).map(\.name) == ["ü"])
        let marked = [0xEF, 0xBB, 0xBF] + Array("<testsuite><testcase name='é'/></testsuite>".utf8)
        #expect(try TestReport.junit(marked).map(\.name) == ["é"])
    }

    @Test func `A failure counts however long its words are`() throws {
        let long = String(repeating: "é&amp;", count: 2_000_000)
        for failure in [
            "<failure message=\"\(long)\"/>", "<failure>\(long)</failure>", "<failure><![CDATA[<\(long)>]]></failure>",
            "<!-- \(long) --><failure/>",
        ] {
            let cases = try TestReport.junit(
                Array("<testsuite><testcase name=\"a\">\(failure)</testcase></testsuite>".utf8)
            )
            #expect(cases.map(\.outcome) == [.failed])
        }
    }

    @Test func `The middle of a long text is left out between characters and references`() {
        let xml = "<a b='&lt;é&gt;éééééé&lt;'>éé&amp;ééééé&amp;é<!-- ééééééé --><![CDATA[ééééééééé]]></a>"
        for limit in 8..<60 {
            let short = String(validating: XMLSource.withoutLongTexts(Array(xml.utf8), limit: limit), as: UTF8.self)
            #expect(
                short?.wholeMatch(
                    of: /<a b='(?:[é\n…\[\]]|&lt;|&gt;)*'>(?:[é\n…\[\]]|&amp;)*<!\[CDATA\[.*\]\]><\/a>/
                        .dotMatchesNewlines()
                ) != nil,
                "\(limit): \(short ?? "")"
            )
        }
        #expect(XMLSource.withoutLongTexts(Array("<a><![CDATA[xx".utf8), limit: 4) == Array("<a><![CDATA[xx".utf8))
    }

    @Test func `Long names stay different, and texts keep their beginning and end`() throws {
        var limits = ReportLimits()
        (limits.name, limits.message, limits.text, limits.allTexts) = (100, 10, 40, 120)
        let name = String(repeating: "é", count: 100)
        let failure = "<failure message=\"0123456789ü\">start\(String(repeating: "x", count: 500))end</failure>"
        let xml =
            "<testsuite>" + (0...3).map { "<testcase name=\"\(name)\($0)\(name)\">\(failure)</testcase>" }.joined()
        let cases = try TestReport.junit(Array((xml + "</testsuite>").utf8), limits: limits)
        #expect(Set(cases.map(\.name)).count == 4)
        #expect(cases.allSatisfy { $0.name.utf8.count <= 100 })
        #expect(cases[0].failure?.message == "0123456789")
        #expect(
            cases[0].failure?.text?.hasPrefix("startx") == true && cases[0].failure?.text?.hasSuffix("xend") == true
        )
        #expect(cases[0].failure?.text?.contains("[… 468 bytes are left out …]") == true)
        #expect(cases[3].failure == nil && cases[3].outcome == .failed)
    }
}
