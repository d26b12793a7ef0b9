import ClusterRunnerDomain
import Foundation
import Testing

@testable import ClusterRunnerReports

/// Reports that test runners wrote, recorded by `scripts/record-report-fixtures.py`.
@Suite struct RecordedReportTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    private static func cases(in name: String) throws -> [TestCase] {
        let bytes = Array(try Data(contentsOf: folder.appending(path: name)))
        return name.hasSuffix(".tap") ? try TestReport.tap(bytes) : try TestReport.junit(bytes)
    }

    private static func lines(of cases: [TestCase]) -> [String] {
        cases.map { "\($0.outcome.rawValue) \($0.className ?? "-") | \($0.name)" }
    }

    /// Recording -> its cases.
    private static let expected = [
        "pytest.xml": pytest,
        "pytest-xunit1.xml": pytest,
        "pytest-collection.xml": ["error pytest | tests.test_broken"],
        "bats.xml": [
            "passed sums.bats | adds", "failed sums.bats | divides <&> # by zero", "skipped sums.bats | waits",
            "skipped sums.bats | waits without a reason", "failed names.bats | (no name)",
        ],
        "bats.tap": [
            "passed - | adds", "failed - | divides <&> # by zero", "skipped - | waits",
            "skipped - | waits without a reason", "failed - | setup_file failed",
        ],
        "ctest.xml": [
            "passed adds | adds", "failed divides | divides", "skipped disabled | disabled", "skipped skips | skips",
            "error missing | missing", "failed slow | slow", "failed base | base", "error depends | depends",
        ],
        "node.xml": [
            "passed sums | adds # one", "failed sums | divides <&>", "passed inner | deep", "skipped test | waits",
            "skipped test | later", "failed parent | child",
        ],
        "node.tap": [
            "passed sums | adds # one", "failed sums | divides <&>", "passed inner | deep", "skipped - | waits",
            "skipped - | later", "failed parent | child",
        ],
        "perl.tap": perl,
        "prove.tap": perl,
        "prove-short.tap": ["passed - | adds", "error - | plan"],
        "phpunit.xml": [
            "passed SumsTest | testAdds", "passed SumsTest | testTexts with data set \"first\"",
            "failed SumsTest | testTexts with data set #0", "skipped SumsTest | testWaits",
            "skipped SumsTest | testLater",
            "error SumsTest | testError", "error SumsTest | testWarns", "error SumsTest | testAssertsNothing",
        ],
        "rspec.xml": [
            "passed spec.sums_spec | Sums adds", "failed spec.sums_spec | Sums divides <&>",
            "failed spec.sums_spec | Sums breaks", "skipped spec.sums_spec | Sums waits",
            "skipped spec.sums_spec | Sums later", "passed spec.sums_spec | Sums inner is deep",
        ],
        "gotestsum.xml": [
            "failed example.org/shop/panics | TestPanics", "passed example.org/shop/panics | TestFirst",
            "failed example.org/shop/sums | TestDivides", "failed example.org/shop/sums | TestTable/two_words",
            "failed example.org/shop/sums | TestTable", "skipped example.org/shop/sums | TestWaits",
            "passed example.org/shop/sums | TestAdds", "passed example.org/shop/sums | TestTable/one",
        ],
        // Its form has no word for a skipped test.
        "swift-xctest.xml": [
            "passed SuiteTests.OldTests | testAdds", "failed SuiteTests.OldTests | testDivides",
            "passed SuiteTests.OldTests | testWaits", "failed SuiteTests.OldTests | testError",
        ],
        "swift-testing.xml": [
            "failed SuiteTests.Sums | `By zero, of 1`()", "failed SuiteTests.Sums | divides()",
            "failed SuiteTests.Sums | texts(text:)", "passed SuiteTests.Sums | later()",
            "passed SuiteTests.Sums.Inner | deep()", "passed SuiteTests.Sums | adds()",
            "skipped SuiteTests.Sums | waits()",
        ],
        // The runs of one test follow each other, and only the last one says what came of it.
        "pytest-rerunfailures.xml": [
            "passed test_reruns | test_flaky", "passed test_reruns | test_flaky", "passed test_reruns | test_fails",
            "passed test_reruns | test_fails", "failed test_reruns | test_fails",
        ],
    ]

    private static let pytest = [
        "passed tests.test_sums.TestSums.TestInner | test_deep", "passed tests.test_sums.TestSums | test_adds",
        "passed tests.test_sums.TestSums | test_texts[a b]",
        #"failed tests.test_sums.TestSums | test_texts[<&\x1b[1m]"#,
        #"failed tests.test_sums.TestSums | test_texts[\xfc.b::c]"#, "skipped tests.test_sums | test_network",
        "skipped tests.test_sums | test_expected", "failed tests.test_sums | test_unexpected",
        "error tests.test_sums | test_setup", "error tests.test_sums | test_teardown",
        "failed tests.test_sums | test_prints",
    ]

    private static let perl = [
        "passed - | adds", "failed - | divides # by zero", "skipped - | test 3", "skipped - | test 4",
        "skipped - | later", "passed - | sooner", "passed inner | one", "failed inner | two",
        "skipped test 8 | all tests", "passed - | test 9",
    ]

    @Test(arguments: expected.keys.sorted())
    func `All cases of a recording are read`(name: String) throws {
        let wanted = try #require(Self.expected[name])
        // Runners that work in parallel write their cases in any order.
        #expect(Self.lines(of: try Self.cases(in: name)).sorted() == wanted.sorted())
    }

    @Test func `Each recording is expected`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(Set(files).subtracting(["README.md"]) == Set(Self.expected.keys))
    }

    @Test(
        arguments: [
            ("pytest.xml", "test_setup", "failed on setup with \"OSError: gone\""),
            ("bats.xml", "waits", "no network"),
            ("bats.tap", "divides <&> # by zero", "(in test file sums.bats, line 2)"),
            // CTest has no message, and the output beside it.
            ("ctest.xml", "divides", "<by zero>"),
            ("ctest.xml", "missing", "Unable to find executable"),
            ("node.tap", "waits", "no network"),
            // Its message is a block of YAML.
            ("node.tap", "divides <&>", "Expected values to be strictly equal:"),
            ("node.xml", "later", "soon"),
            ("perl.tap", "two", "Failed test 'two'"),
            ("phpunit.xml", "testError", "SumsTest::testError"),
            ("rspec.xml", "Sums breaks", "gone"),
            ("prove-short.tap", "plan", "The plan names 3 tests, and 1 ran."),
            ("swift-testing.xml", "divides()", "Expectation failed: 1 == 2 (error)"),
        ]
    )
    func `A failure has the message of its runner`(name: String, of test: String, message: String) throws {
        let found = try Self.cases(in: name).first { $0.name == test }
        #expect(found?.failure?.message == message)
    }

    @Test func `A message without words before its first line is trimmed`() throws {
        let found = try Self.cases(in: "rspec.xml").first { $0.name == "Sums divides <&>" }
        #expect(found?.failure?.message?.hasPrefix("expected: 2") == true)
    }

    @Test func `Files are those that the runner names`() throws {
        #expect(try Self.cases(in: "pytest-xunit1.xml").allSatisfy { $0.file == "tests/test_sums.py" })
        #expect(try Self.cases(in: "rspec.xml").allSatisfy { $0.file == "./spec/sums_spec.rb" })
        #expect(try Self.cases(in: "phpunit.xml").allSatisfy { $0.file == "/project/SumsTest.php" })
    }
}
