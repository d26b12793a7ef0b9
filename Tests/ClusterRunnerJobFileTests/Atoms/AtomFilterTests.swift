import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerJobFile

@Suite struct AtomFilterTests {
    private let atoms = ["tests/a_ui", "tests/b", "$PROJECT_DIR/tests/c"].map { Atom(variable: "T", value: $0) }

    private func values(_ patterns: String...) throws -> [String] {
        try AtomFilter(patterns).apply(to: atoms, of: "Unit").map(\.value.escaped)
    }

    private func refusal(_ patterns: String..., atoms: [Atom]? = nil) -> String? {
        do {
            _ = try AtomFilter(patterns).apply(to: atoms ?? self.atoms, of: "Unit")
            return nil
        } catch {
            return error.message
        }
    }

    @Test func `Atoms are chosen by value, by path in the project and by variable, in the order of the list`() throws {
        #expect(try values("tests/b", "tests/a_*") == ["tests/a_ui", "tests/b"])
        #expect(try values("tests/c") == ["$PROJECT_DIR/tests/c"])
        #expect(try values("$PROJECT_DIR/tests/c") == ["$PROJECT_DIR/tests/c"])
        #expect(try values("T=tests/b") == ["tests/b"])
        #expect(try values("*").count == 3)
        #expect(try values("T=tests/?") == ["tests/b", "$PROJECT_DIR/tests/c"])
    }

    @Test func `What a pattern excludes is not chosen under another form of its name`() throws {
        let atoms = ["a", "x"].map { Atom(variable: "T", value: $0) }
        #expect(try AtomFilter(["[!a]*"]).apply(to: atoms, of: "J").map(\.value.escaped) == ["x"])
    }

    @Test func `A value of two variables chooses both, the variable one of them`() throws {
        let two = ["A", "B"].map { Atom(variable: $0, value: "1") }
        #expect(try AtomFilter(["1"]).apply(to: two, of: "J").count == 2)
        #expect(try AtomFilter(["B=1"]).apply(to: two, of: "J") == [two[1]])
    }

    @Test func `A pattern without an atom is an error, even beside others`() {
        #expect(
            refusal("tests/b", "tests/bb") == "The job \"Unit\" lists no atom \"tests/bb\". Did you mean \"tests/b\"?"
        )
        #expect(
            refusal("x*") == """
                No atom of the job "Unit" matches the pattern "x*". Its 3 atoms are "tests/a_ui", "tests/b", "tests/c".
                """
        )
        let many = (1...9).map { Atom(variable: "T", value: "value-\($0)") }
        let sentence = refusal("something", atoms: many)
        #expect(sentence?.hasSuffix("\"value-5\" and 4 more.") == true, "\(sentence ?? "")")
    }

    @Test func `No pattern and an empty one are refused`() {
        #expect(refusal() == "\"atoms_filter\" is empty, so no atom would be run.")
        #expect(refusal("a", "") == "\"atoms_filter\" has an empty pattern, which matches no atom.")
    }
}
