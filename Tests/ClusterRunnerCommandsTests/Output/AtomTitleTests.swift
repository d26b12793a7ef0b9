import ClusterRunnerPlugin
import ClusterRunnerTerminal
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerCommands

@Suite struct AtomTitleTests {
    private func failure(_ command: String, _ title: AtomTitle = AtomTitle(), columns: Int? = nil) throws -> String {
        let atom: JSONValue = [
            "subjob_id": 4, "id": 0, "command_string": .string(command), "state": "COMPLETED", "exit_code": 3,
            "cause": .null, "attempts": 1, "could_not_run": 0, "notes": [],
        ]
        let read = try JSONCoding.decode(AtomRepresentation.self, from: try JSONCoding.encode(atom))
        return title.failure(read, columns: columns)
    }

    @Test(
        arguments: [
            (#"export T="a b";"#, "a b", "T=a b"), (#"export T="$PROJECT_DIR/x/y";"#, "x/y", "T=x/y"),
            (#"export T="";"#, "T=", "T="), (#"export T=$'caf\xe9';"#, #"caf\xe9"#, #"T=caf\xe9"#), ("ls", "ls", "ls"),
            ("export T=\"a\u{1B}[31mb\";", "ab", "T=ab"),
        ]
    )
    func `An atom is called by its value`(command: String, value: String, assignment: String) {
        #expect(AtomTitle().text(ofCommand: command) == value)
        #expect(AtomTitle(hasVariable: true).text(ofCommand: command) == assignment)
    }

    @Test func `A long name is shortened in its middle, and the reason stays`() throws {
        let command = "export T=\"tests/billing/invoices/test_totals.py\";"
        #expect(
            try failure(command) == "tests/billing/invoices/test_totals.py (exit code 3; artifact_4_0)"
        )
        let short = try failure(command, columns: 50)
        #expect(short == "tests/bill…t_totals.py (exit code 3; artifact_4_0)")
        #expect(try failure(command, columns: 10) == "tests/bil…_totals.py (exit code 3; artifact_4_0)")
        #expect(try failure(command, AtomTitle(hasVariable: true), columns: 70).hasPrefix("T=tests/"))
    }

    @Test(arguments: 0...12) func `A shortened text fits, wide characters too`(columns: Int) {
        for text in ["abcdefghijkl", "漢字漢字漢字漢字", "a漢b字c漢d", "abc"] {
            let short = TerminalText.shortened(text, to: columns)
            #expect(TerminalText.width(of: short) <= columns, "\(short)")
            if TerminalText.width(of: text) <= columns { #expect(short == text) }
        }
        #expect(TerminalText.shortened("abcdefghijkl", to: 7) == "abc…jkl")
    }
}
