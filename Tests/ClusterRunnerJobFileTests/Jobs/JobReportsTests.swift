import Testing

@testable import ClusterRunnerJobFile

@Suite struct JobReportsTests {
    private func text(_ keys: String) -> String { "A: {commands: [x], atomizers: [{T: ls}], \(keys)}" }

    private func reports(_ keys: String) throws -> JobReports? {
        try JobFile.parse(text(keys), file: "f").job(named: nil).reports
    }

    private func faults(_ keys: String) -> [String] {
        JobFile.faults(in: Array(text(keys).utf8), file: "f").map { "\($0.key ?? "") \($0.found) \($0.expected)" }
    }

    @Test func `Reports are a pattern, several, or the output`() throws {
        #expect(try reports("junit: '*.xml'")?.junit.map(\.text) == ["*.xml"])
        #expect(try reports("junit: [a.xml, null, 'r/**/b.xml']")?.junit.map(\.text) == ["a.xml", "r/**/b.xml"])
        #expect(try reports("report: tap") == JobReports(output: .tap))
        #expect(try reports("junit: null, report: null") == nil)
        #expect(try reports("junit: []") == nil)
    }

    @Test(
        arguments: [
            ("junit: /tmp/a.xml", "junit the string \"/tmp/a.xml\" a relative path without \"..\""),
            ("junit: [ok.xml, ../a.xml]", "junit the string \"../a.xml\" a relative path without \"..\""),
            ("report: xml", "report the string \"xml\" tap"),
        ]
    )
    func `A wrong value is named`(keys: String, fault: String) {
        #expect(faults(keys) == [fault])
    }

    @Test(arguments: ["junit: 7", "junit: true", "junit: {a: b}", "report: [tap]", "junit: [[a]]"])
    func `A value of another kind is refused`(keys: String) {
        #expect(faults(keys).count == 1)
    }
}
