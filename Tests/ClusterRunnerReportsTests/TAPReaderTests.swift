import ClusterRunnerDomain
import Testing

@testable import ClusterRunnerReports

@Suite struct TAPReaderTests {
    private func cases(_ text: String) throws -> [TestCase] { try TestReport.tap(Array(text.utf8)) }

    @Test func `Tests have their names, directives and diagnostics`() throws {
        let found = try cases(
            """
            TAP version 14
            # a comment
            1..6
            ok 1 - adds
            some output of the test
            not ok 2 - divides \\# by
              ---
              message: 'by zero'
              at:
                line: 3
              ...
            # Looks like it failed.
            ok 3 - waits # SKIP no network
            not ok 4 - later # TODO soon
            ok 5 # TODO done already
            ok
            """
        )
        #expect(found.map(\.name) == ["adds", "divides # by", "waits", "later", "test 5", "test 6"])
        #expect(found.map(\.outcome) == [.passed, .failed, .skipped, .skipped, .passed, .passed])
        #expect(found[1].failure?.message == "by zero")
        #expect(found[1].failure?.text == "message: 'by zero'\nat:\n  line: 3\nLooks like it failed.")
        #expect(found[2].failure?.message == "no network" && found[3].failure?.message == "soon")
    }

    @Test func `Subtests are the cases, at any depth`() throws {
        let found = try cases(
            """
            # Subtest: outer
                # Subtest: inner
                    ok 1 - a
                    not ok 2 - b
                    1..2
                not ok 1 - inner
                ok 2 - c
                1..2
            not ok 1 - outer
                1..0 # SKIP no network
            ok 2 - skipped # SKIP no network
                ok 1 - d
                1..1
            not ok 3 - fails after its subtests
            1..3
            """
        )
        #expect(found.map(\.name) == ["a", "b", "c", "all tests", "d", "fails after its subtests"])
        #expect(found.map(\.className) == ["inner", "inner", "outer", "skipped", "fails after its subtests", nil])
        #expect(found.map(\.outcome) == [.passed, .failed, .passed, .skipped, .passed, .failed])
    }

    @Test(
        arguments: [
            ("1..3\nok 1\nok 2\n", "plan", "The plan names 3 tests, and 2 ran."),
            ("ok 1\n", "plan", "There is no plan, so the tests may not have come to their end."),
            ("1..3\r\nok 1\r\nBail out! No disk.\r\n", "Bail out!", "No disk."),
            ("Bail out!", "Bail out!", "The tests were given up."),
        ]
    )
    func `Tests that did not come to their end are an error`(text: String, name: String, message: String) throws {
        let last = try #require(try cases(text).last)
        #expect(last.name == name && last.outcome == .error && last.failure?.message == message)
        #expect(try cases(text).count { $0.outcome.isFailure } == 1)
    }

    @Test func `An output without tests is no report`() {
        #expect(throws: ReportFault("it has neither a plan nor a test")) { try TestReport.tap(Array("hello\n".utf8)) }
        #expect(throws: ReportFault("it has neither a plan nor a test")) { try TestReport.tap([0xFF, 0x00]) }
        var limits = ReportLimits()
        limits.cases = 1
        #expect(throws: ReportFault("it has more than 1 tests")) {
            try TestReport.tap(Array("ok\nok\n".utf8), limits: limits)
        }
    }

    @Test func `Words that only begin like a result are none`() throws {
        #expect(try cases("1..1\nokay then\nnot okay\nok 1 - real\n").map(\.name) == ["real"])
    }
}
