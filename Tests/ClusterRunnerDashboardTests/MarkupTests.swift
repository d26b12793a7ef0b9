import Testing

@testable import ClusterRunnerDashboard

struct MarkupTests {
    @Test func `Text is escaped by code points, so that an accent behind a quote hides nothing`() {
        let text = "\"\u{301} onclick='x' <b>&</b>\0"
        let escaped = MarkupText().escapeText(text)
        #expect(escaped == "&quot;\u{301} onclick=&#39;x&#39; &lt;b&gt;&amp;&lt;/b&gt;\u{FFFD}")
    }

    @Test(arguments: Template.allCases)
    func `Only the layout and the lines of an output take in HTML as it is`(template: Template) {
        let unescaped = template.text.components(of: "{{{") + template.text.components(of: "{{&")
        #expect(unescaped == ([.layout, .console].contains(template) ? 1 : 0))
    }
}

extension String {
    /// Counts the occurrences of another text in this one.
    func components(of other: String) -> Int { ranges(of: other).count }
}
