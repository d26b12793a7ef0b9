import Testing

@testable import GitProjectType

@Suite struct GitModulesTests {
    @Test func `Entries are read in the order of the file`() {
        let text = """
            [submodule "lib"]
            \tpath = libs/lib
            \turl = ../lib.git
            \tbranch = main
            \tupdate = none
            [submodule "other \\"name\\""]
            \turl=https://example.org/other ; a comment
            \tPath = "with # and  blanks "
            """
        #expect(
            GitModules.entries(in: text) == [
                .init(path: "libs/lib", url: "../lib.git", update: "none"),
                .init(path: "with # and  blanks ", url: "https://example.org/other"),
            ]
        )
    }

    @Test func `Comments, continued lines, escapes and Windows line ends are understood`() {
        let text = "# x\r\n; y\r\n[submodule \"a\"]\r\n path = a\\\n/b\r\n url = \"q\\\\\\\"\\tz\"\r\n"
        #expect(GitModules.entries(in: text.replacing("\\\n", with: "\\\n")) == [.init(path: "a/b", url: "q\\\"\tz")])
    }

    @Test(arguments: [
        "", "[submodule]\npath = a\nurl = b", "[include]\npath = /etc/passwd", "path = a\nurl = b",
        "[submodule \"a\"]\npath = a", "[submodule \"a\"\nurl", "[submodule \"a\"]\nurl\n=\n\\",
    ])
    func `What is no complete entry is ignored`(text: String) {
        #expect(GitModules.entries(in: text).isEmpty)
    }

    @Test func `Of a repeated key the last value counts`() {
        let text = "[submodule \"a\"]\npath = x\nurl = one\n[submodule \"a\"]\nurl = two"
        #expect(GitModules.entries(in: text) == [.init(path: "x", url: "two")])
    }
}
