import Testing

@testable import ClusterRunnerJobFile

@Suite struct GlobPatternTests {
    @Test(
        arguments: [
            ("tests/*", "tests/a/b.py"), ("*", ""), ("*.py", ".py"), ("a?c", "abc"), ("a?c", "aéc"), ("[a-c]x", "bx"),
            ("[!a-c]x", "dx"), ("[]]", "]"), ("a[", "a["), ("\\*", "*"), ("a\\", "a\\"), ("*a*b*", "xxaxxbxx"),
            ("[a-]", "-"), ("", ""),
        ]
    )
    func `A pattern matches the whole of a text`(pattern: String, text: String) {
        #expect(GlobPattern(pattern).matches(text))
    }

    @Test(
        arguments: [
            ("tests/*", "test/a"), ("a", "ab"), ("a", "A"), ("a?c", "ac"), ("[!a-c]x", "ax"), ("\\*", "a"),
            ("*a*b", "ba"),
            ("[c-a]", "b"), ("", "a"), ("?", ""), ("caf\u{E9}", "cafe\u{301}"), ("cafe\u{301}", "caf\u{E9}"),
        ]
    )
    func `A pattern matches nothing else`(pattern: String, text: String) {
        #expect(!GlobPattern(pattern).matches(text))
    }

    @Test(arguments: ["a*b?[c]\\d", "", "plain", "[!x]", "🙂*"]) func `An escaped text matches itself only`(text: String)
    {
        let pattern = GlobPattern(GlobPattern.escaping(text))
        #expect(pattern.matches(text))
        #expect(pattern.literal == text)
    }

    @Test func `Many stars take no exponential time`() {
        let pattern = GlobPattern(String(repeating: "a*", count: 200) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 2000)))
    }
}
