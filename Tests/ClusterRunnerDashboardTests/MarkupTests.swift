import Testing

@testable import ClusterRunnerDashboard

struct MarkupTests {
    @Test func `Text is escaped by code points, so that an accent behind a quote hides nothing`() {
        let text = "\"\u{301} onclick='x' <b>&</b>\0"
        let escaped = MarkupText().escapeText(text)
        #expect(escaped == "&quot;\u{301} onclick=&#39;x&#39; &lt;b&gt;&amp;&lt;/b&gt;\u{FFFD}")
    }

    @Test(arguments: Template.allCases)
    func `Only the layout and outputs of commands take in HTML as it is`(template: Template) {
        let taken: [Template: [String]] = [
            .layout: ["content"], .console: ["lines"], .build: ["output", "text", "tail"], .setup: ["output"],
        ]
        let unescaped = template.text.matches(of: /{{{([a-zA-Z.]+)}}}/).map { String($0.output.1) }
        #expect(unescaped == taken[template, default: []])
        let wanted = taken[template, default: []].count
        #expect(template.text.components(of: "{{{") + template.text.components(of: "{{&") == wanted)
    }
}

extension String {
    /// Counts the occurrences of another text in this one.
    func components(of other: String) -> Int { ranges(of: other).count }
}
