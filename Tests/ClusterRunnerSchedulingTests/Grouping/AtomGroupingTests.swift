import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Testing

@testable import ClusterRunnerScheduling

@Suite struct AtomGroupingTests {
    private func atoms(_ values: String...) -> [Atom] {
        values.map { Atom(variable: "V", value: $0) }
    }

    private func outline(_ subjobs: [PlannedSubjob]) -> [[String]] {
        subjobs.map { $0.atoms.map(\.atom.value.escaped) }
    }

    private func subjobs(_ atoms: [Atom], _ history: [String: [Double]], executors: Int = 2) -> [PlannedSubjob] {
        let history = history.map { (Atom(variable: "V", value: $0.key), $0.value) }
        return AtomGrouping.subjobs(atoms: atoms, history: Dictionary(history) { $1 }, executors: executors)
    }

    private func batches(_ times: [Double], isKnown: Bool = true, executors: Int = 2) -> [Int] {
        let atoms = times.indices.map { Atom(variable: "V", value: "\($0)") }
        let history = isKnown ? Dictionary(zip(atoms, times.map { [$0] })) { $1 } : [:]
        return AtomGrouping.subjobs(atoms: atoms, history: history, executors: executors, isBatch: true)
            .map(\.atoms.count)
    }

    @Test func `Batches are few and large, and shrink towards the end`() {
        #expect(batches(Array(repeating: 0.125, count: 120)) == [40, 26, 18, 12, 10, 10, 4])
        #expect(batches(Array(repeating: 1, count: 120), isKnown: false) == [30, 30, 20, 13, 9, 6, 5, 5, 2])
        #expect(batches([], isKnown: false) == [])
        #expect(batches([100, 0.1, 0.1], executors: 3).first == 1, "A long atom has a process to itself.")
        #expect(batches(Array(repeating: 0.001, count: 2000), executors: 1).max() ?? 0 <= 500)
    }

    @Test func `Without history each atom is a subjob of its own`() {
        let plan = subjobs(atoms("b", "a", "b"), [:])
        #expect(outline(plan) == [["b"], ["a"], ["b"]])
        #expect(plan.allSatisfy { $0.expectedTime == nil && $0.atoms.allSatisfy { $0.expectedTime == nil } })
        #expect(outline(subjobs(atoms("b", "a"), ["other": [1]])) == [["b"], ["a"]])
        #expect(outline(subjobs(atoms("b", "a"), ["a": [], "b": [.nan, .infinity, -1]])) == [["b"], ["a"]])
        #expect(subjobs([], ["a": [1]]).isEmpty)
    }

    @Test func `What counts is the median of the last runs, and first comes what was slow at times`() {
        let history = ["a": [2, 1, 9], "b": [4, 1, 3, 100], "c": [.nan, 5]]
        let plan = subjobs(atoms("a", "b", "c"), history, executors: 1)
        let times = plan.flatMap(\.atoms).map { ($0.atom.value, $0.expectedTime) }
        #expect(times.map(\.0) == ["b", "a", "c"])
        #expect(times.map(\.1) == [4, 2, 5])
    }

    @Test func `Unknown atoms are planned like the longest known one`() {
        let plan = subjobs(atoms("a", "new", "b", "newer"), ["a": [1], "b": [7]])
        #expect(outline(plan) == [["new"], ["b"], ["newer"], ["a"]])
        #expect(plan.map(\.expectedTime) == [7, 7, 7, 1])
        #expect(plan.flatMap(\.atoms).map(\.expectedTime) == [nil, 7, nil, 1])
    }

    @Test func `A long atom is alone, short ones share a subjob`() {
        let names = (1...100).map { "s\($0)" }
        var history = Dictionary(uniqueKeysWithValues: names.map { ($0, [0.1]) })
        history["long"] = [20]
        let plan = subjobs((names + ["long"]).map { Atom(variable: "V", value: $0) }, history)
        #expect(plan.first.map { $0.atoms.map(\.atom.value) } == ["long"])
        #expect(plan.dropFirst().first?.atoms.count == 12)
        #expect(plan.last?.atoms.count == 1)
    }

    @Test func `Atoms of the same time keep their order, and doubled ones stay two`() {
        let plan = subjobs(atoms("b", "a", "b", "c"), ["a": [1], "b": [1], "c": [1]])
        #expect(plan.flatMap(\.atoms).map(\.atom.value) == ["b", "a", "b", "c"])
    }

    @Test func `Atoms of no time at all are still spread over the executors`() {
        let names = (1...100).map { "\($0)" }
        let plan = subjobs(
            names.map { Atom(variable: "V", value: $0) },
            Dictionary(uniqueKeysWithValues: names.map { ($0, [0]) })
        )
        #expect(plan.count > 10)
        #expect(plan.allSatisfy { $0.expectedTime == 0 })
    }

    @Test func `A single executor, which need not end together with any, gets short atoms in one subjob`() {
        let short = atoms("a", "b", "c")
        let history = ["a": [0.2], "b": [0.1], "c": [0.1]]
        #expect(outline(subjobs(short, history, executors: 1)) == [["a", "b", "c"]])
        #expect(outline(subjobs(short, history, executors: 2)) == [["a"], ["b"], ["c"]])
    }

    @Test func `A subjob holds no more atoms and no more time than its messages and its loss allow`() {
        let tiny = random(40_000, times: 0.0005...0.001, seed: 1)
        #expect(tiny.plan(executors: 1).map(\.atoms.count).max() == AtomGrouping.largestCount)
        let hours = random(10_000, times: 1...2, seed: 2)
        let longest = hours.plan(executors: 1).compactMap(\.expectedTime).max() ?? 0
        #expect(longest <= 30 && longest > 25)
    }

    @Test(arguments: [0, -1])
    func `No executors are planned for like one`(executors: Int) {
        let work = random(50, times: 0.1...2, seed: 3)
        #expect(work.plan(executors: executors) == work.plan(executors: 1))
    }
}

/// Atoms with their history.
private struct Work {
    let atoms: [Atom]
    let history: [Atom: [Double]]

    func plan(executors: Int) -> [PlannedSubjob] {
        AtomGrouping.subjobs(atoms: atoms, history: history, executors: executors)
    }
}

extension AtomGroupingTests {
    /// Makes atoms of random times, a part of them unknown.
    private func random(
        _ count: Int,
        times: ClosedRange<Double>,
        unknown: Double = 0,
        seed: UInt64
    ) -> Work {
        var generator = SeededGenerator(seed: seed)
        // Fewer names than atoms, so that some occur twice.
        let atoms = (0..<count).map { Atom(variable: "V", value: "\($0 % max(1, count - count / 10))") }
        var history: [Atom: [Double]] = [:]
        for atom in Set(atoms).sorted(by: { $0.value < $1.value })
        where Double.random(in: 0..<1, using: &generator) >= unknown {
            // Squared twice: many short atoms and a few long ones, as in test suites.
            let part = Double.random(in: 0...1, using: &generator)
            let time = times.lowerBound + (times.upperBound - times.lowerBound) * part * part * part * part
            history[atom] = [time]
        }
        return Work(atoms: atoms, history: history)
    }

    private func anyWork(_ generator: inout SeededGenerator) -> Work {
        random(
            Int.random(in: 0...400, using: &generator),
            times: 0...Double.random(in: 0...100, using: &generator),
            unknown: Double.random(in: 0...1, using: &generator),
            seed: generator.next()
        )
    }

    @Test(arguments: SeededGenerator.seeds)
    func `Every atom is in the plan exactly once, longest first where there are many`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let work = anyWork(&generator)
            let executors = Int.random(in: 1...16, using: &generator)
            let plan = work.plan(executors: executors)
            let planned = plan.flatMap(\.atoms)
            let counts = { (atoms: [Atom]) in Dictionary(atoms.map { ($0, 1) }, uniquingKeysWith: +) }
            #expect(counts(planned.map(\.atom)) == counts(work.atoms))
            #expect(plan.allSatisfy { !$0.atoms.isEmpty })
            #expect(planned.allSatisfy { $0.expectedTime == work.history[$0.atom]?.first })
            let isPlanned = executors > 1 && planned.count <= AtomGrouping.fewAtoms * executors
            guard !isPlanned, let longest = planned.compactMap(\.expectedTime).max() else { continue }
            let times = planned.map { $0.expectedTime ?? longest }
            #expect(zip(times, times.dropFirst()).allSatisfy(>=))
        }
    }

    @Test(arguments: SeededGenerator.seeds)
    func `No subjob is longer than its share, unless it is one atom`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let work = anyWork(&generator)
            let executors = Int.random(in: 1...16, using: &generator)
            let plan = work.plan(executors: executors)
            guard plan.first?.expectedTime != nil else { continue }
            let longest = plan.flatMap(\.atoms).compactMap(\.expectedTime).max() ?? 0
            let costs = plan.map { $0.atoms.reduce(0) { $0 + max(0.001, $1.expectedTime ?? longest) } }
            let total = costs.reduce(0, +)
            var remaining = total
            for (subjob, cost) in zip(plan, costs) {
                let least = executors > 1 ? min(0.5, total / Double(executors) / 400) : 0.5
                let share = max(least, remaining / Double(4 * executors))
                #expect(subjob.atoms.count == 1 || cost <= min(30, share) + 1e-6)
                remaining -= cost
            }
        }
    }

    @Test(arguments: SeededGenerator.seeds)
    func `The plan depends on nothing but its input`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let work = anyWork(&generator)
        // Another dictionary of the same contents has another order.
        var history: [Atom: [Double]] = [:]
        history.reserveCapacity(5000)
        for (atom, times) in work.history.shuffled(using: &generator) { history[atom] = times }
        #expect(work.plan(executors: 3) == Work(atoms: work.atoms, history: history).plan(executors: 3))
    }

    /// Returns the excess over the time of perfect sharing, if a free executor takes the next subjob.
    ///
    /// The first executor has `speed`, the others 1. Each atom takes its expected time, give or take `noise`.
    private func overrun(_ work: Work, executors: Int, speed: Double, noise: Double, seed: UInt64) -> Double {
        var generator = SeededGenerator(seed: seed)
        var busy = Array(repeating: 0.0, count: executors)
        var total = 0.0
        for subjob in work.plan(executors: executors) {
            let time = subjob.atoms.compactMap(\.expectedTime)
                .reduce(0) { $0 + $1 * Double.random(in: (1 - noise)...(1 + noise), using: &generator) }
            let first = busy.indices.min { busy[$0] < busy[$1] } ?? 0
            busy[first] += first == 0 ? time / speed : time
            total += time
        }
        return (busy.max() ?? 0) / (total / (Double(executors - 1) + speed))
    }

    @Test(arguments: SeededGenerator.seeds.suffix(8), [2, 8])
    func `All executors end nearly together`(seed: UInt64, executors: Int) {
        let work = random(1000, times: 0.01...3, seed: seed)
        #expect(overrun(work, executors: executors, speed: 1, noise: 0, seed: seed) <= 1.02)
        #expect(overrun(work, executors: executors, speed: 1, noise: 0.3, seed: seed) <= 1.05)
        #expect(overrun(work, executors: executors, speed: 0.5, noise: 0.3, seed: seed) <= 1.08)
    }

    @Test func `A hundred thousand atoms are planned`() {
        let work = random(100_000, times: 0.001...60, seed: 4)
        #expect(work.plan(executors: 16).map(\.atoms.count).reduce(0, +) == 100_000)
    }
}
