import Testing

@testable import ClusterRunnerJobFile

@Suite struct PathPatternTests {
    @Test(
        arguments: [
            ("*.xml", ["a.xml", ".xml"], ["r/a.xml", "a.txt"]),
            ("./r//*.xml", ["r/a.xml"], ["a.xml", "r/s/a.xml"]),
            ("r/**/TEST-*.xml", ["r/TEST-a.xml", "r/s/t/TEST-.xml"], ["TEST-a.xml", "r/s/a.xml"]),
            ("**", ["a", "r/s/a"], []),
            ("**/a/**/b", ["a/b", "x/a/y/z/b"], ["a", "b", "a/b/c"]),
            ("[ab]?.xml", ["ax.xml"], ["cx.xml", "a.xml"]),
        ]
    )
    func `A pattern matches whole paths`(text: String, matching: [String], others: [String]) throws {
        let pattern = try #require(PathPattern(text))
        func names(_ path: String) -> [String] { path.split(separator: "/").map(String.init) }
        for path in matching {
            #expect(pattern.matches(names(path)), "\(path)")
            #expect(pattern.mayMatch(below: names(path).dropLast()), "\(path)")
        }
        for path in others { #expect(!pattern.matches(names(path)), "\(path)") }
    }

    @Test func `A folder in which nothing can match is known`() throws {
        let pattern = try #require(PathPattern("r/*/a.xml"))
        #expect(pattern.mayMatch(below: ["r"]) && pattern.mayMatch(below: ["r", "s"]))
        #expect(!pattern.mayMatch(below: ["s"]) && !pattern.mayMatch(below: ["r", "s", "t"]))
    }

    @Test(arguments: ["/a", "../a", "a/../b", "", ".", "a\0b"])
    func `A pattern that leads elsewhere is none`(text: String) {
        #expect(PathPattern(text) == nil)
    }
}
