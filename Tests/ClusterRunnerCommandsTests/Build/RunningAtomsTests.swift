import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerCommands

@Suite struct RunningAtomsTests {
    private func atom(_ value: String, _ seconds: Double, expected: Double? = nil, subjob: Int = 0) throws
        -> RunningAtomRepresentation
    {
        try .sample([
            "subjob_id": .integer(subjob), "atom_id": 0, "variable": "T", "value": .string(value), "slave_id": 1,
            "slave": "build-07", "seconds": .number(seconds),
            "expected_time": expected.map(JSONValue.number) ?? .null,
        ])
    }

    private func line(_ atoms: [RunningAtomRepresentation], width: Int = 80, hasKeys: Bool = false) -> String? {
        LongestAtoms(atoms: atoms, title: AtomTitle(), readAt: .seconds(100))
            .line(at: .seconds(101), width: width, hasKeys: hasKeys)
    }

    @Test func `The longest atoms are named with their time until now`() throws {
        let atoms = [try atom("tests/a.py", 31), try atom("tests/b.py", 4.5)]
        #expect(line(atoms) == "  tests/a.py 32 s, tests/b.py 5 s")
        #expect(line(atoms, hasKeys: true) == "  tests/a.py 32 s, tests/b.py 5 s  (t: their output)")
        #expect(line([]) == nil)
    }

    @Test func `Long names are shortened in the middle, and as many atoms are named as leave something of each`() throws
    {
        let long = "tests/integration/billing/test_rounding_of_invoices_in_other_currencies.py"
        let two = try #require(line([try atom(long, 31), try atom("b", 4)]))
        #expect(two.contains(#/^  tests/integration/billing/.*…_?[a-z_]+\.py 32 s, b 5 s$/#), "\(two)")
        #expect(two.count == 79)
        let many = try (0..<9).map { try atom("\($0)/\(long)", 31, subjob: $0) }
        let three = try #require(line(many))
        #expect(three.count < 80 && three.matches(of: /…/).count == 3, "\(three)")
        for width in 1...200 {
            #expect(line(many, width: width, hasKeys: true)?.count ?? 0 < max(2, width))
        }
    }

    @Test func `A name cannot control the terminal`() throws {
        #expect(line([try atom("a\u{1B}[2Jb", 1)]) == "  ab 2 s")
    }

    @Test func `An atom is slow at twice its expected time and ten seconds more`() throws {
        var slow = SlowAtoms()
        #expect(slow.news(in: [try atom("a", 19, expected: 1)]).map(\.value) == ["a"])
        var quick = SlowAtoms()
        #expect(quick.news(in: [try atom("a", 10, expected: 1)]).isEmpty)
        #expect(quick.news(in: [try atom("a", 59, expected: 30)]).isEmpty)
        #expect(quick.news(in: [try atom("a", 60, expected: 30)]).count == 1)
    }

    @Test func `A slow atom is told again when its time has doubled, and a second run for itself`() throws {
        var slow = SlowAtoms()
        let told = try [60, 62, 119, 120, 200, 240, 5, 59, 61].filter { seconds in
            !slow.news(in: [try atom("a", Double(seconds), expected: 30)]).isEmpty
        }
        #expect(told == [60, 120, 240, 61])
    }

    @Test func `An atom without history is never slow`() throws {
        var slow = SlowAtoms()
        #expect(slow.news(in: [try atom("a", 1e6)]).isEmpty)
    }

    @Test func `The line about a slow atom has its name, its times and its slave`() throws {
        let atom = try atom("tests/a.py", 95, expected: 29.6, subjob: 7)
        #expect(
            BuildView.slow(atom, AtomTitle(), width: nil, style: .plain)
                == "SLOW tests/a.py: 95 s so far, expected 30 s (subjob 7 on build-07)"
        )
        #expect(BuildView.slow(atom, AtomTitle(hasVariable: true), width: nil, style: .plain).hasPrefix("SLOW T=tests"))
    }
}
