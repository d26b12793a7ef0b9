import Testing

@testable import ClusterRunnerJobFile

@Suite struct CommandListTests {
    /// Joins entries with a status line between each two.
    private func joined(_ entries: String...) -> String {
        entries.joined(separator: "\n{ case $? in 0) ;; *) (exit $?) ;; esac; } 2>&- || exit $?\n")
    }

    @Test(arguments: [
        ["a"], [" a ; "], ["", " ; ", "a", "\n"], ["a;;\n"], ["# a comment", "a", "  # b\n\n  # c"], ["a\r\n"],
    ])
    func `A single line stands alone`(commands: [String]) {
        #expect(CommandList.script(commands) == "a")
    }

    @Test(arguments: [[], [";"], ["# nothing"], ["", "\n# a\n\n# b"]])
    func `Nothing to run is no script`(commands: [String]) {
        #expect(CommandList.script(commands).isEmpty)
    }

    @Test func `Entries stand on lines of their own, with their status asked between them`() {
        #expect(CommandList.script(["a", "b;"]) == "a\n{ case $? in 0) ;; *) (exit $?) ;; esac; } 2>&- || exit $?\nb")
        #expect(CommandList.script(["a &;", "b &", "c"]) == joined("a &", "b &", "c"))
        #expect(CommandList.script(["a # the first", "b"]) == joined("a # the first", "b"))
    }

    @Test func `Several lines are one command`() {
        #expect(CommandList.script(["a\nb\n", "c"]) == joined("{\na\nb\n}", "c"))
        #expect(CommandList.script(["a\r\n  b"]) == "{\na\n  b\n}")
    }

    @Test(arguments: ["shopt -s extglob\nrm -r !(a)", "alias a=b\na"])
    func `What changes how later lines are read is read line by line`(command: String) {
        #expect(CommandList.script([command]) == command)
    }

    @Test func `What is behind a backslash belongs to the command`() {
        #expect(CommandList.script(["find . -exec ls {} \\;", "b"]) == joined("find . -exec ls {} \\;", "b"))
        #expect(CommandList.script(["a \\\\;", "b"]) == joined("a \\\\", "b"))
        #expect(CommandList.script(["echo a\\ ", "b"]) == joined("echo a\\ ", "b"))
    }

    @Test func `A backslash at the end joins no entries`() {
        #expect(CommandList.script(["echo a \\", "b"]) == joined("echo a \\\n", "b"))
        #expect(CommandList.script(["x\necho a \\\n"]) == "{\nx\necho a \\\n\n}")
        #expect(CommandList.script(["echo \\\\", "b"]) == joined("echo \\\\", "b"))
    }

    @Test func `The last line of a here-document keeps its semicolons`() {
        #expect(CommandList.script(["cat <<'E;'\nx\nE;\n"]) == "{\ncat <<'E;'\nx\nE;\n}")
    }

    @Test func `A character that begins with a space or a semicolon is not taken apart`() {
        // A semicolon with a combining accent is one character of a string, but two of a shell.
        #expect(CommandList.script(["a\r\n", "b;\u{301}"]) == joined("a", "b;\u{301}"))
    }
}
