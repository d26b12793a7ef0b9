import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Testing

@Suite struct AtomizerOutputTests {
    private func values(_ output: [UInt8], in directory: ByteString = "/p/q") throws -> [ByteString] {
        try AtomizerOutput.atoms(from: output, variable: "V", projectDirectory: directory).map(\.value)
    }

    private func values(_ output: String, in directory: ByteString = "/p/q") throws -> [ByteString] {
        try values(Array(output.utf8), in: directory)
    }

    @Test func `Each line is an atom of the variable`() throws {
        let atoms = try AtomizerOutput.atoms(from: Array("a\nb\n".utf8), variable: "TEST", projectDirectory: "/p")
        #expect(atoms == [Atom(variable: "TEST", value: "a"), Atom(variable: "TEST", value: "b")])
    }

    @Test(arguments: [
        ("", []), ("\n", []), (" \n\t\n\r\n", []), ("a", ["a"]), ("\n\na\nb\n\n", ["a", "b"]),
        ("a\n\n \nb", ["a", "b"]),
        ("a\r\nb\r\n", ["a", "b"]), ("a\rb\n", ["a\rb"]), ("  a  \n", ["  a  "]), ("a\na\n", ["a", "a"]),
        ("-rf\n--\n", ["-rf", "--"]), ("$(x) `y` \"z\" 'w' \\n\n", ["$(x) `y` \"z\" 'w' \\n"]),
        ("é\ne\u{301}\n👩‍👩‍👧\n", ["é", "e\u{301}", "👩‍👩‍👧"]),
    ])
    func `Lines are taken as they are, blank ones left out`(output: String, expected: [String]) throws {
        #expect(try values(output) == expected.map { ByteString($0) })
    }

    @Test func `Every byte that a variable can carry stays as it is`() throws {
        let line = (1...255).map { UInt8($0) }.filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "/") }
        #expect(try values(line + [0x0a, 0xe9]).map(\.bytes) == [line, [0xe9]])
    }

    @Test func `A NUL is refused, since it stands between atoms that would become one`() {
        let error = #expect(throws: ClusterRunnerError.self) { try values("a\nb\0c\0") }
        #expect(
            error?.message == """
                The atomizer of V printed a NUL byte in line 2, which no environment variable can carry. Print one atom a \
                line, for example through tr '\\0' '\\n'.
                """
        )
    }

    @Test func `The path of a project is bytes, too`() throws {
        let path = ByteString(Array("/p/caf".utf8) + [0xe9])
        let atoms = try AtomizerOutput.atoms(from: path.bytes + Array("/a".utf8), variable: "V", projectDirectory: path)
        #expect(atoms.map(\.value) == ["$PROJECT_DIR/a"])
        #expect(atoms.first?.value(in: path).bytes == path.bytes + Array("/a".utf8))
    }

    @Test func `Both paths of a project below a link are written as its placeholder`() throws {
        let atoms = try AtomizerOutput.atoms(
            from: Array("/p/link/a\n/p/real/b\n/p/link\n/p/links\n".utf8),
            variable: "V",
            projectDirectory: "/p/link",
            resolvedDirectory: "/p/real"
        )
        #expect(atoms.map(\.value) == ["$PROJECT_DIR/a", "$PROJECT_DIR/b", "$PROJECT_DIR", "/p/links"])
    }

    @Test func `A line of a hundred kilobytes is one atom`() throws {
        let line = String(repeating: "é ", count: 50_000)
        #expect(try values("\(line)x\ny\n") == [ByteString(line + "x"), "y"])
    }

    @Test(arguments: [
        ("/p/q", "$PROJECT_DIR"), ("/p/q/a/p/q", "$PROJECT_DIR/a/p/q"), ("--dir=/p/q x", "--dir=$PROJECT_DIR x"),
        ("/p/q:/p/q/b", "$PROJECT_DIR:$PROJECT_DIR/b"), ("\"/p/q\"", "\"$PROJECT_DIR\""),
        ("'/p/q/'", "'$PROJECT_DIR/'"),
        ("file:///p/q/x", "file://$PROJECT_DIR/x"), ("(/p/q,/p/q)", "($PROJECT_DIR,$PROJECT_DIR)"),
        ("cd /p/q && ls", "cd $PROJECT_DIR && ls"),
    ])
    func `The project's path becomes PROJECT_DIR`(line: String, expected: String) throws {
        #expect(try values(line) == [ByteString(expected)])
        #expect(try values(line, in: "/p/q/") == [ByteString(expected)])
    }

    @Test(arguments: [
        "/p/q2", "/p/q-old/x", "/p/q.bak", "/p/qé", "/x/p/q", "x/p/q", "é/p/q", "../p/q", "x//p/q", "/p/", "p/q",
        "/p/q\\ 2",
    ])
    func `A part of a longer path stays`(line: String) throws {
        #expect(try values(line) == [ByteString(line)])
    }

    @Test func `A project at the root has no path to write`() throws {
        #expect(try values("/a /", in: "/") == ["/a /"])
        #expect(try values("/a", in: "") == ["/a"])
    }

    @Test func `Any byte of a path is taken literally`() throws {
        #expect(try values("/a b/.*$x/t", in: "/a b/.*$x") == ["$PROJECT_DIR/t"])
        #expect(try values("/ä/é/t", in: "/ä/é") == ["$PROJECT_DIR/t"])
    }

    @Test func `A value gets the path of the machine it runs on`() {
        let value = { (text: String) in Atom(variable: "V", value: text).value(in: "/w/1") }
        #expect(value("$PROJECT_DIR") == "/w/1")
        #expect(value("$PROJECT_DIR/a:$PROJECT_DIR") == "/w/1/a:/w/1")
        #expect(
            value("$PROJECT_DIRECTORY $PROJECT_DIR_ $PROJECT_DIR2") == "$PROJECT_DIRECTORY $PROJECT_DIR_ $PROJECT_DIR2"
        )
        #expect(value("\\$PROJECT_DIR $PROJECT_DI ${PROJECT_DIR}") == "\\/w/1 $PROJECT_DI ${PROJECT_DIR}")
        #expect(value("$HOME `x` $(y)") == "$HOME `x` $(y)")
    }

    @Test(arguments: SeededGenerator.seeds)
    func `What an atomizer prints reaches the same machine unchanged`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "/p", "/q", "p", "q", "/", ":", " ", "=", "://", "\"", "'", "`", "$", "\\", "é", "-", ";", "a\u{301}",
        ]
        for _ in 0..<200 {
            let line = (0..<Int.random(in: 1...12, using: &generator))
                .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            let atoms = try AtomizerOutput.atoms(from: Array(line.utf8), variable: "V", projectDirectory: "/p/q")
            let back = atoms.flatMap { $0.value(in: "/p/q").bytes }
            let isBlank = line.utf8.allSatisfy { $0 == UInt8(ascii: " ") }
            #expect(back == (isBlank ? [] : Array(line.utf8)))
        }
    }
}
