import Testing

@testable import ClusterRunnerCommands

@Suite struct INIFileTests {
    @Test func `Sections, keys, comments and blank lines are told apart`() {
        let file = INIFile(
            """
            # a comment
            ; another

            [general]
              a = 1
            b=2 # behind a value
            [ master ] # behind a section
            c = x=y
            [general]
            d =
            """
        )
        #expect(file.faults.isEmpty)
        #expect(
            file.entries.map { "\($0.section).\($0.key)=\($0.value.text ?? "-")@\($0.line)" }
                == ["general.a=1@5", "general.b=2@6", "master.c=x=y@8", "general.d=@10"]
        )
        #expect(file.headers.map(\.line) == [4, 7, 9])
    }

    @Test(
        arguments: [
            ("plain", "plain", ["plain"]),
            ("a, b ,c", "a, b ,c", ["a", "b", "c"]),
            ("a, b,", "a, b,", ["a", "b"]),
            ("a,,b", "a,,b", ["a", "", "b"]),
            ("\"a, # b\" # comment", "a, # b", ["a, # b"]),
            ("'say \"hi\"'", "say \"hi\"", ["say \"hi\""]),
            ("it's 5 o'clock", "it's 5 o'clock", ["it's 5 o'clock"]),
            ("a#b;c", "a#b;c", ["a#b;c"]),
            ("# all comment", "", []),
            ("''", "", [""]),
            ("\"a\", 'b,c', d", nil, ["a", "b,c", "d"]),
            ("größer\t", "größer", ["größer"]),
        ] as [(String, String?, [String])]
    )
    func `A value is read as a text and as a list`(written: String, text: String?, elements: [String]) throws {
        let value = try INIValue(written: " \(written)"[...])
        #expect(value.text == text)
        #expect(value.elements == elements)
    }

    @Test func `Windows line ends and a byte order mark change nothing`() {
        let file = INIFile("\u{FEFF}[general]\r\na = 1\r\n\r\nb = \"2\"\r\n")
        #expect(file.faults.isEmpty)
        #expect(file.entries.map(\.value.text) == ["1", "2"])
        #expect(file.entries.map(\.line) == [2, 4])
    }

    @Test func `Every line that is not understood is a fault of its own, and none quotes a value`() {
        let file = INIFile(
            """
            early = hunter2-hunter2
            [general
            [master] port
            [slave]
            secret hunter2-hunter2
            = hunter2-hunter2
            a = "hunter2-hunter2
            b = "hunter2" hunter2
            c = 1
            c = 2
            [slave]
            c = 3
            """
        )
        #expect(
            file.faults == [
                .init(line: 1, sentence: "The key \"early\" stands before the first section; put it below [general]."),
                .init(line: 2, sentence: "A section is written [general]; the closing bracket is missing."),
                .init(
                    line: 3,
                    sentence: "Nothing may follow a section's closing bracket; keys stand on lines of their own."
                ),
                .init(
                    line: 5,
                    sentence: "This is neither [section], nor key = value, nor a comment that begins with # or ;."
                ),
                .init(
                    line: 6,
                    sentence: "This is neither [section], nor key = value, nor a comment that begins with # or ;."
                ),
                .init(line: 7, sentence: "The value of \"a\" has no closing quote (\")."),
                .init(
                    line: 8,
                    sentence: "The value of \"b\" goes on after its closing quote; quote the whole of it."
                ),
                .init(
                    line: 10,
                    sentence: "The key \"c\" stands in [slave] twice, first in line 9; remove one of them."
                ),
                .init(
                    line: 12,
                    sentence: "The key \"c\" stands in [slave] twice, first in line 9; remove one of them."
                ),
            ]
        )
    }
}
