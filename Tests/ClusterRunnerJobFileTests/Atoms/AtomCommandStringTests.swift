import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Testing

@Suite struct AtomCommandStringTests {
    private func refusal(of text: String) -> String? {
        #expect(throws: ClusterRunnerError.self) { try Atom(commandString: text) }?.message
    }

    @Test(arguments: [
        ("a b", #"export V="a b";"#), ("", #"export V="";"#), (#"a"b\c`d$e"#, #"export V="a\"b\\c\`d\$e";"#),
        ("$PROJECT_DIR/x", #"export V="$PROJECT_DIR/x";"#), ("$PROJECT_DIRS", #"export V="\$PROJECT_DIRS";"#),
        (#"\$PROJECT_DIR"#, #"export V="\\$PROJECT_DIR";"#), ("$$PROJECT_DIR", #"export V="\$$PROJECT_DIR";"#),
        ("é'", #"export V="é'";"#),
    ])
    func `An atom is shown as a shell would set it`(value: String, expected: String) {
        #expect(Atom(variable: "V", value: value).commandString == expected)
    }

    @Test(arguments: [
        ([0x63, 0xE9], #"export V=$'c\xe9';"#), ([0xE9, 0x41], #"export V=$'\xe9A';"#),
        ([0xC3, 0xA9, 0xFF, 0x27, 0x5C, 0x0A, 0x24], #"export V=$'é\xff\'\\\x0a$';"#),
        (Array("$PROJECT_DIR/".utf8) + [0xFF], #"export V=$'$PROJECT_DIR/\xff';"#),
    ])
    func `A value that is not UTF-8 is shown as bash says it, and read back`(value: [UInt8], expected: String) throws {
        let atom = Atom(variable: "V", value: ByteString(value))
        #expect(atom.commandString == expected)
        #expect(try Atom(commandString: expected) == atom)
    }

    @Test(
        arguments: [
            (#"export V=$'\a\b\e\E\f\n\r\t\v\\\'\"\?';"#, [7, 8, 27, 27, 12, 10, 13, 9, 11, 92, 39, 34, 63]),
            (#"export V=$'\x41\x4z\xe9\101\1018\7'"#, [65, 4, 122, 0xE9, 65, 65, 56, 7]),
            (#"export V=$'\u00e9\U0001F388\q\x'"#, Array("é🎈\\q\\x".utf8)), ("export V=$''", []),
        ] as [(String, [UInt8])]
    )
    func `The escapes of bash are read`(text: String, value: [UInt8]) throws {
        #expect(try Atom(commandString: text).value.bytes == value)
    }

    @Test(arguments: [
        (#"export V="a b";"#, "a b"), (#"export V="a b""#, "a b"), (#"  export  V="a" ; "#, "a"),
        (#"export V="";"#, ""),
        (#"export V="$HOME `x` $(y)";"#, "$HOME `x` $(y)"), (#"export V="\$HOME \"q\" \\ \`";"#, #"$HOME "q" \ `"#),
        (#"export V="$PROJECT_DIR/\$PROJECT_DIR";"#, "$PROJECT_DIR/$PROJECT_DIR"), (#"export V="a\nb\'";"#, #"a\nb\'"#),
        ("export V='a \"b\" \\';", #"a "b" \"#), ("export V=a/b.c;", "a/b.c"), ("export V=a", "a"), ("export V=", ""),
        ("export V=\"a\nb\";", "a\nb"), ("export V=\"a;b\"", "a;b"),
    ])
    func `All ways to write an atom are read`(text: String, value: String) throws {
        #expect(try Atom(commandString: text) == Atom(variable: "V", value: value))
    }

    @Test(arguments: [
        ("V=a", "it does not begin with \"export\""), ("", "it does not begin with \"export\""),
        ("exportV=a", "there is no space behind \"export\""), ("export V", "there is no \"=\""),
        ("export 1V=a", "\"1V\" is no name for a variable"), ("export V =a", "\"V \" is no name for a variable"),
        ("export =a", "\"\" is no name for a variable"), ("export V=\"a", "the closing quote is missing"),
        ("export V=\"a\\\"", "the closing quote is missing"), ("export V='a", "the closing quote is missing"),
        (#"export V=$'a\'"#, "the closing quote is missing"),
        (#"export V=$'\0'"#, "the value contains a NUL character"),
        ("export V=\"a\"b", "\"b\" stands behind the value"), ("export V=a b", "\"b\" stands behind the value"),
        ("export V=\"a\"; rm -rf /", "\"rm -rf /\" stands behind the value"),
        ("export V=\"a\";; ", "\"; \" stands behind the value"),
        ("export V=\"a\0\"", "the value contains a NUL character"),
    ])
    func `What is no atom is refused`(text: String, reason: String) throws {
        let message = try #require(refusal(of: text))
        #expect(message.hasPrefix("The atom \""))
        #expect(message.hasSuffix("does not have the form `export VARIABLE=\"value\";`: \(reason)."), "\(message)")
    }

    @Test func `Overrides are read in order, and all their faults reported`() throws {
        #expect(
            try Atom.parse(overrides: ["export B=\"2\";", "export A=\"1\";"])
                == [Atom(variable: "B", value: "2"), Atom(variable: "A", value: "1")]
        )
        #expect(try Atom.parse(overrides: []).isEmpty)
        let error = #expect(throws: ClusterRunnerError.self) {
            try Atom.parse(overrides: ["A=1", "export B=\"2\";", "export C"])
        }
        #expect(error?.code == .invalidArgument)
        #expect(
            error?.message
                == """
                "atoms_override" has 2 errors.
                The atom "A=1" does not have the form `export VARIABLE="value";`: it does not begin with "export".
                The atom "export C" does not have the form `export VARIABLE="value";`: there is no "=".
                """
        )
    }

    @Test func `Variables of the shell and our own cannot be an atom's`() {
        let error = #expect(throws: ClusterRunnerError.self) {
            try Atom.parse(overrides: ["export RANDOM=\"1\";", "export PROJECT_DIR=\"/\";", "export OK=\"1\";"])
        }
        #expect(
            error?.message == """
                "atoms_override" has 2 errors.
                The atom "export RANDOM="1";" does not have the form `export VARIABLE="value";`: "RANDOM" is a variable \
                which belongs to the shell, so that commands would not see its value.
                The atom "export PROJECT_DIR="/";" does not have the form `export VARIABLE="value";`: "PROJECT_DIR" is a \
                variable which ClusterRunner sets.
                """
        )
    }

    @Test func `Only the first hundred of many faults are written out`() {
        let error = #expect(throws: ClusterRunnerError.self) {
            try Atom.parse(overrides: Array(repeating: "x", count: 150))
        }
        #expect(error?.message.hasSuffix("\n... and 50 more.") == true)
        #expect(error?.message.split(separator: "\n").count == 102)
    }

    @Test(arguments: SeededGenerator.seeds)
    func `Any value survives being written and read`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "\"", "\\", "`", "$", "$PROJECT_DIR", "PROJECT_DIR", "$(x)", "'", ";", "=", " ", "\t", "\r", "\n", "-", "é",
            "e\u{301}",
            "\u{301}", "👩‍👩‍👧", "a", "_", "\u{FEFF}", "export ",
        ]
        for _ in 0..<200 {
            let value = (0..<Int.random(in: 0...20, using: &generator))
                .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            let atom = Atom(variable: "V_1", value: value)
            let back = try Atom(commandString: atom.commandString)
            #expect(back.variable == "V_1")
            #expect(back.value == ByteString(value), "\(atom.commandString)")
        }
    }

    @Test func `A value of a hundred kilobytes survives`() throws {
        let atom = Atom(variable: "V", value: String(repeating: "\"$é\\", count: 25_000))
        #expect(try Atom(commandString: atom.commandString) == atom)
    }
}
