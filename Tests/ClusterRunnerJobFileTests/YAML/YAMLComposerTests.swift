import Testing

@testable import ClusterRunnerJobFile

@Suite struct YAMLComposerTests {
    private func compose(_ text: String, _ limits: YAMLLimits = YAMLLimits()) -> YAMLDocument {
        YAMLComposer.compose(Array(text.utf8), limits: limits)
    }

    /// Formats a tree as text, with `line:column` before each value if `marks` is set.
    private func outline(_ node: YAMLNode?, marks: Bool = false) -> String {
        guard let node else { return "none" }
        let mark = marks ? node.mark.map { "\($0.line):\($0.column) " } ?? "" : ""
        switch node.content {
        case .scalar(let scalar): return mark + (scalar.isPlain ? scalar.text : "'\(scalar.text)'")
        case .sequence(let nodes): return "\(mark)[\(nodes.map { outline($0, marks: marks) }.joined(separator: ", "))]"
        case .mapping(let entries):
            let members = entries.map { "\($0.key): \(outline($0.value, marks: marks))" }
            return "\(mark){\(members.joined(separator: ", "))}"
        case .invalid: return "\(mark)?"
        }
    }

    /// Returns the only fault of a text.
    private func fault(_ text: String, _ limits: YAMLLimits = YAMLLimits()) -> String {
        let faults = compose(text, limits).faults
        return faults.map { fault in
            let mark = fault.mark.map { "\($0.line):\($0.column)" } ?? "-"
            return "\(mark) found \(fault.found), expected \(fault.expected)"
        }
        .joined(separator: "\n")
    }

    @Test func `Values keep their order, their style and their place`() {
        let document = compose("b:\n  - x\n  - 'y'\nä: {ö: \"z\", d: [1]}\n")
        #expect(
            outline(document.root, marks: true)
                == "1:1 {b: 2:3 [2:5 x, 3:5 'y'], ä: 4:4 {ö: 4:8 'z', d: 4:16 [4:17 1]}}"
        )
    }

    @Test(arguments: ["", "\n\n", "# nothing\n", "---\n", "---\n...\n", "\u{FEFF}"])
    func `A text without a value is a null`(text: String) {
        #expect(compose(text).root?.isNull == true)
        #expect(compose(text).faults.isEmpty)
    }

    @Test func `A tag for strings makes a string, a private tag is refused`() {
        #expect(outline(compose("[!!str 5, ! 6, !!int 7]").root) == "['5', '6', 7]")
        #expect(
            fault("a: !include b.yml")
                == "1:4 found the tag \"!include\", expected plain YAML, or quotes around text that begins with !"
        )
    }

    @Test func `Aliases stand for what they name`() {
        #expect(
            outline(compose("a: &x [1, 2]\nb: *x\nc: [*x, *x]").root) == "{a: [1, 2], b: [1, 2], c: [[1, 2], [1, 2]]}"
        )
        #expect(outline(compose("[&x 1, *x, &x 2, *x]").root) == "[1, 1, 2, 2]")
        #expect(outline(compose("a: &x 1\nb: *x").root, marks: true) == "1:1 {a: 1:4 1, b: 2:4 1}")
    }

    @Test func `An alias of nothing, or of what it stands in, is refused`() {
        let expected = "expected an anchor \"&x\" before it, or quotes around the text"
        #expect(fault("a: *x") == "1:4 found the alias \"*x\" of nothing, \(expected)")
        #expect(fault("a: &x [*x]") == "1:8 found the alias \"*x\" of nothing, \(expected)")
        #expect(fault("[&x 1, &x [*x]]") == "1:12 found the alias \"*x\" of nothing, \(expected)")
        #expect(outline(compose("[*x, 1]").root) == "[?, 1]")
    }

    @Test func `A merge key brings in what the map does not have itself`() {
        #expect(
            outline(compose("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}").root)
                == "{a: {x: 1, y: 2}, b: {y: 3, x: 1}}"
        )
        #expect(outline(compose("<<: [{x: 1}, {x: 2, y: 3}]\nz: 4").root) == "{z: 4, x: 1, y: 3}")
        #expect(outline(compose("'<<': {x: 1}").root) == "{<<: {x: 1}}")
        #expect(fault("<<: 5") == "1:5 found the number 5, expected a map, or a list of maps, to merge")
        #expect(fault("<<: [{}, 5]") == "1:5 found a list, expected a map, or a list of maps, to merge")
    }

    @Test func `A key that stands twice is refused, and the first one kept`() {
        let document = compose("a:\n  x: 1\n  y: 2\n  x: 3\n")
        #expect(outline(document.root) == "{a: {x: 1, y: 2}}")
        #expect(
            fault("a:\n  x: 1\n  x: 3\n")
                == "3:3 found \"x\" a second time (the first stands at line 2), expected each key once"
        )
        #expect(document.faults.map(\.path) == [["a", "x"]])
    }

    @Test func `A key that is no text is refused`() {
        #expect(fault("? [a]\n: 1\nb: 2") == "1:3 found a list as a key, expected text")
        #expect(fault("{{a: 1}: 2}") == "1:2 found a map as a key, expected text")
    }

    @Test func `A second document is refused`() {
        #expect(fault("a: 1\n---\nb: 2") == "2:1 found a second document, expected a single one")
    }

    @Test func `Syntax errors say where and what`() {
        #expect(
            fault("a: 1\nb: [1, 2\nc: 3\n")
                == "3:2 found a syntax error (did not find expected ',' or ']' while parsing a flow sequence that begins at line 2), "
                + "expected valid YAML"
        )
        #expect(
            fault("a: b: c")
                == "1:5 found a syntax error (mapping values are not allowed in this context), "
                + "expected valid YAML: quotes around text that contains \": \""
        )
        #expect(fault("a: @b").hasSuffix("and quotes around text that begins with one of * & ! % @ `"))
        #expect(fault("- *.py").hasSuffix("and quotes around text that begins with one of * & ! % @ `"))
        #expect(fault("a:\n\tb: 1").contains("spaces for indentation"))
    }

    @Test func `Bytes that are no UTF-8 are refused with their place`() {
        let document = YAMLComposer.compose(Array("a: é\nb: é".utf8) + [0xff])
        #expect(document.root == nil)
        #expect(document.faults.map(\.mark) == [YAMLMark(line: 2, column: 5)])
        #expect(document.faults.first?.found == "bytes that are no text (invalid leading UTF-8 octet)")
        #expect(YAMLComposer.compose([0xff, 0xfe, 0x61, 0x00]).faults.first?.mark == YAMLMark(line: 1, column: 1))
    }
}

extension YAMLComposerTests {
    /// Makes lines that each hold ten aliases of the line before.
    private func laughs(_ lines: Int) -> String {
        var text = "l0: &l0 [\(Array(repeating: "lol", count: 10).joined(separator: ", "))]\n"
        for line in 1...lines {
            let aliases = Array(repeating: "*l\(line - 1)", count: 10).joined(separator: ", ")
            text += "l\(line): &l\(line) [\(aliases)]\n"
        }
        return text
    }

    @Test func `A billion laughs are refused before they are laughed`() {
        let clock = ContinuousClock()
        var faults = ""
        let elapsed = clock.measure { faults = fault(laughs(9)) }
        #expect(
            faults.hasSuffix("found more than 50000 values or 4194304 bytes with all aliases expanded, expected less")
        )
        // An expansion would need minutes and all memory, so a generous bound tells the two apart.
        #expect(elapsed < .seconds(5))
    }

    @Test func `A few laughs are within the limit`() {
        #expect(compose(laughs(2)).faults.isEmpty)
    }

    @Test func `Aliases of a long text count its bytes each time`() {
        let limits = YAMLLimits(scalarBytes: 100)
        let text = String(repeating: "x", count: 30)
        #expect(fault("[&a \(text), *a, *a]", limits) == "")
        #expect(
            fault("[&a \(text), *a, *a, *a]", limits)
                == "1:45 found more than 50000 values or 100 bytes with all aliases expanded, expected less"
        )
    }

    @Test func `Values are counted`() {
        let limits = YAMLLimits(nodes: 4)
        #expect(fault("[1, 2, 3]", limits) == "")
        #expect(
            fault("[1, 2, 3, 4]", limits)
                == "1:11 found more than 4 values or 4194304 bytes with all aliases expanded, expected less"
        )
    }

    @Test func `Deep nesting is refused`() {
        let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(fault(nested(33)) == "")
        #expect(fault(nested(34)) == "1:34 found values more than 32 levels deep, expected fewer levels")
        #expect(fault(String(repeating: "[", count: 1 << 20)).contains("more than 32 levels deep"))
        #expect(fault(String(repeating: "- ", count: 1 << 19)).contains("more than 32 levels deep"))
    }

    @Test func `Many declarations of tags are refused`() {
        let directives = { (count: Int) in (0..<count).map { "%TAG !t\($0)! x\n" }.joined() + "--- a" }
        #expect(fault(directives(100)) == "")
        #expect(
            fault(directives(101))
                == "- found more than 100 times %TAG, expected none, since a job file has no use for tags"
        )
    }

    @Test func `A long text is not even looked at`() {
        let limits = YAMLLimits(textBytes: 10)
        #expect(fault("a: 3456789", limits) == "")
        #expect(fault("a: 34567890", limits) == "- found more than 10 bytes, expected a shorter text")
    }
}
