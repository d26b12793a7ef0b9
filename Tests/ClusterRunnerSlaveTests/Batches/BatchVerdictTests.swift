import ClusterRunnerDomain
import Testing

@testable import ClusterRunnerSlave

@Suite struct BatchVerdictTests {
    private func testCase(_ owner: String, _ outcome: CaseOutcome = .passed, seconds: Double? = nil) -> TestCase {
        TestCase(name: "a test", className: owner, seconds: seconds, outcome: outcome)
    }

    /// Judges a batch of three atoms; the class of a case is the place of its atom.
    private func verdict(
        _ exitCode: Int,
        _ cases: [TestCase]?,
        cause: String? = nil,
        seconds: Double = 6
    ) -> BatchVerdict {
        let result = AtomResult(exitCode: exitCode, seconds: seconds, cause: cause)
        return BatchVerdict(result, of: 3, cases: cases) { $0.className.flatMap(Int.init) }
    }

    @Test func `Exit code 0 is a success of all, and shares the time evenly without a report`() {
        let verdict = verdict(0, nil)
        #expect(verdict.members.map(\.isFailed) == [false, false, false])
        #expect(verdict.members.map(\.seconds) == [2, 2, 2])
        #expect(verdict.members.allSatisfy { $0.cases == nil } && verdict.unknown.isEmpty)
    }

    @Test func `The time of an atom is that of its cases, and a share of what no case explains`() {
        let cases = [testCase("0", seconds: 3), testCase("1", seconds: 1), testCase("1", seconds: 0.5)]
        #expect(verdict(0, cases).members.map(\.seconds) == [3.5, 2, 0.5])
        #expect(verdict(0, cases, seconds: 2.25).members.map(\.seconds) == [1.5, 0.75, 0], "overlapping cases")
        #expect(verdict(0, [testCase("0", seconds: -9)]).members.map(\.seconds) == [2, 2, 2])
    }

    @Test func `A failure is that of the atom with the failed case, and a pass needs a case`() {
        let verdict = verdict(1, [testCase("0"), testCase("1"), testCase("1", .error)])
        #expect(verdict.members.map(\.place) == [0, 1])
        #expect(verdict.members.map(\.isFailed) == [false, true])
        #expect(verdict.members.map { $0.cases?.count } == [1, 2])
        #expect(verdict.unknown == [2], "The report does not name it.")
    }

    @Test func `A report that does not explain the exit code decides nothing`() {
        let passed = [testCase("0"), testCase("1"), testCase("2")]
        for verdict in [
            verdict(1, nil), verdict(1, []), verdict(1, passed), verdict(1, passed + [testCase("?", .failed)]),
            verdict(1, [testCase("0", .failed), testCase("?", .failed)]), verdict(0, passed + [testCase("?", .failed)]),
        ] {
            #expect(verdict.members.isEmpty && verdict.unknown == [0, 1, 2])
        }
    }

    @Test func `A run that did not come to its end decides nothing`() {
        let cases = [testCase("0"), testCase("1", .failed), testCase("2")]
        for verdict in [verdict(137, cases), verdict(1, cases, cause: "timeout"), verdict(0, nil, cause: "canceled")] {
            #expect(verdict.members.isEmpty && verdict.unknown == [0, 1, 2])
        }
    }

    @Test func `A failed case makes its atom fail even though the command ended with 0`() {
        let disagreement = AtomResult.disagreement(failed: 1)
        let result = AtomResult(exitCode: 0, seconds: 1, cause: disagreement, cases: CaseCounts(total: 1, failed: 1))
        let verdict = BatchVerdict(result, of: 2, cases: [testCase("1", .failed)]) { $0.className.flatMap(Int.init) }
        #expect(verdict.members.map(\.isFailed) == [false, true] && verdict.unknown.isEmpty)
    }

    @Test func `A case that is named twice fails if it failed once`() {
        let twice = verdict(1, [testCase("0", .failed), testCase("0"), testCase("1"), testCase("2")])
        #expect(twice.members.map(\.isFailed) == [true, false, false])
    }

    @Test func `Cases without a known atom are kept with the first when all passed`() {
        let verdict = verdict(0, [testCase("?"), testCase("2")])
        #expect(verdict.members.map { $0.cases?.map(\.className) } == [["?"], nil, ["2"]])
    }
}
