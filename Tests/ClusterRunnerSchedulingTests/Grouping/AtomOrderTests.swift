import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Testing

@testable import ClusterRunnerScheduling

@Suite struct AtomOrderTests {
    private func subjobs(_ times: [Double?], executors: Int) -> [PlannedSubjob] {
        let atoms = times.indices.map { Atom(variable: "V", value: "\($0)") }
        let history = zip(atoms, times).compactMap { atom, time in time.map { (atom, [$0]) } }
        return AtomGrouping.subjobs(
            atoms: atoms,
            history: Dictionary(uniqueKeysWithValues: history),
            executors: executors
        )
    }

    private func order(_ times: [Double?], executors: Int) -> [String] {
        subjobs(times, executors: executors).flatMap(\.atoms).map(\.atom.value.escaped)
    }

    /// Returns the excess over the shortest possible time, if a free executor takes the next piece.
    private func overrun(_ pieces: [Double], executors: Int) -> Double {
        var busy = Array(repeating: 0.0, count: executors)
        for piece in pieces { busy[busy.indices.min { busy[$0] < busy[$1] } ?? 0] += piece }
        return (busy.max() ?? 0) / (pieces.reduce(0, +) / Double(executors))
    }

    /// Makes uniform times of 0.1 to 10 s.
    private func uniform(_ count: Int, seed: UInt64) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Double.random(in: 0.1...10, using: &generator) }
    }

    @Test(arguments: SeededGenerator.seeds.prefix(8), [3, 4, 5])
    func `Few atoms end nearly together`(seed: UInt64, atomsPerExecutor: Int) {
        let times = uniform(64 * atomsPerExecutor, seed: seed)
        let planned = subjobs(times, executors: 64).compactMap(\.expectedTime)
        #expect(planned.count == times.count)
        #expect(overrun(planned, executors: 64) <= AtomGrouping.evenEnough + 0.005)
        let longestFirst = overrun(times.sorted(by: >), executors: 64)
        #expect(atomsPerExecutor > 3 || longestFirst > 1.05, "or there was nothing to plan")
    }

    @Test func `A plan is made only where it helps`() {
        #expect(order([5, 4, 3], executors: 3) == ["0", "1", "2"], "all begin at once")
        #expect(order([4, 3, 3, 2], executors: 2) == ["0", "1", "2", "3"], "longest first is even")
        #expect(order([1, 1, 9], executors: 2) == ["2", "0", "1"], "nothing makes the long one shorter")
        #expect(order([3, 5, 2, 4], executors: 1) == ["1", "3", "0", "2"], "one executor is always even")
    }

    @Test func `Subjobs come as they begin by plan, each of one atom`() {
        let plan = subjobs([5, 5, 4, 4, 3, 3, 3], executors: 3)
        #expect(plan.allSatisfy { $0.atoms.count == 1 })
        #expect(plan.compactMap(\.expectedTime) == [5, 5, 3, 3, 4, 4, 3])
    }

    @Test func `An atom that was never seen is planned like the longest known one`() {
        let plan = subjobs([5, nil, 4, 4, 3, 3, 3], executors: 3)
        #expect(plan.map(\.expectedTime) == [5, 5, 3, 3, 4, 4, 3])
        #expect(plan.flatMap(\.atoms).compactMap(\.expectedTime).count == 6)
    }

    @Test func `Atoms of no time and of one time keep their order`() {
        #expect(order(Array(repeating: 0, count: 10), executors: 3) == (0..<10).map(String.init))
        #expect(order(Array(repeating: 2, count: 10), executors: 3) == (0..<10).map(String.init))
    }

    @Test(arguments: SeededGenerator.seeds.prefix(40))
    func `If atoms took as long as they may, a plan would end no later than longest first`(seed: UInt64) {
        let times = uniform(24, seed: seed)
        let slow = zip(times, uniform(24, seed: seed &+ 1)).map { $0 * (1 + $1 / 10) }
        let atoms = times.indices.map { Atom(variable: "V", value: "\($0)") }
        let history = atoms.indices.map { (atoms[$0], [times[$0], slow[$0], times[$0]]) }
        let plan = AtomGrouping.subjobs(atoms: atoms, history: Dictionary(uniqueKeysWithValues: history), executors: 8)
        let planned = plan.flatMap(\.atoms).compactMap { atoms.firstIndex(of: $0.atom) }.map { slow[$0] }
        #expect(overrun(planned, executors: 8) <= overrun(slow.sorted(by: >), executors: 8) + 1e-9)
    }

    @Test func `Where there are too many atoms to plan, longest first stays`() {
        let times = uniform(AtomGrouping.mostPlanned + 1, seed: 1)
        let planned = subjobs(times, executors: 1000).flatMap(\.atoms).compactMap(\.expectedTime)
        #expect(planned == times.sorted(by: >))
    }
}
