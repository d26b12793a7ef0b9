import Testing

@testable import ClusterRunnerCore

@Suite struct CommandListTests {
    @Test(arguments: [
        (["a"], "a"), (["a", "b"], "a && b"), ([" a ; ", "\tb;;\n"], "a && b"), (["a &", "b"], "a & b"),
        (["a &;", "b;"], "a & b"), (["a &&", "b"], "a && b"), (["a", "b &"], "a && b &"),
        (["a & ", "b &", "c"], "a & b & c"),
        ([], ""), (["", " ; ", "a", "\n"], "a"), ([";"], ""), (["a ; b;"], "a ; b"), (["é ", "ü"], "é && ü"),
    ])
    func `Commands are trimmed and joined`(commands: [String], joined: String) {
        #expect(CommandList.joined(commands) == joined)
    }

    @Test(arguments: [
        (["find . -exec ls {} \\;", "b"], "find . -exec ls {} \\; && b"), (["a \\\\;", "b"], "a \\\\ && b"),
        (["echo a\\&", "b"], "echo a\\& && b"), (["echo \\\\&", "b"], "echo \\\\& b"),
        (["echo a\\ ", "b"], "echo a\\  && b"),
    ])
    func `What is behind a backslash belongs to the command`(commands: [String], joined: String) {
        #expect(CommandList.joined(commands) == joined)
    }

    @Test func `A character that begins with a space or a semicolon is not taken apart`() {
        // A semicolon with a combining accent is one character of a string, but two of a shell.
        #expect(CommandList.joined(["a\r\n", "b;\u{301}"]) == "a && b;\u{301}")
    }
}
