import ClusterRunnerTesting
import Testing

@testable import ClusterRunnerScheduling

@Suite struct PackingTests {
    private func packed(_ costs: [Double], executors: Int, within limit: Double = 0) -> Packing {
        var packing = Packing(costs, executors: executors)
        packing.even(within: limit)
        return packing
    }

    @Test func `Longest first ends at 11 what exchanges end at 9`() {
        let costs: [Double] = [5, 5, 4, 4, 3, 3, 3]
        #expect(Packing(costs, executors: 3).loads == [11, 8, 8])
        let packing = packed(costs, executors: 3, within: 9)
        #expect(packing.loads == [9, 9, 9])
        let shares = packing.shares.map { $0.map { costs[$0] } }
        #expect(shares.sorted { $0.count < $1.count } == [[5, 4], [5, 4], [3, 3, 3]])
    }

    @Test func `What is even enough is left alone`() {
        let costs: [Double] = [5, 5, 4, 4, 3, 3, 3]
        #expect(packed(costs, executors: 3, within: 11).shares == Packing(costs, executors: 3).shares)
    }

    @Test func `An exchange that is enough is made, and no more`() {
        let costs: [Double] = [10, 9, 8, 7, 3, 3, 3]
        let before = Packing(costs, executors: 2)
        #expect(before.shares == [[0, 3, 4, 6], [1, 2, 5]])
        #expect(before.loads == [23, 20])
        #expect(packed(costs, executors: 2, within: 22).shares == [[1, 3, 4, 6], [0, 2, 5]])
    }

    @Test func `Where no exchange helps, none is made`() {
        let costs: [Double] = [8, 2, 2, 1, 1]
        #expect(packed(costs, executors: 2, within: 7).shares == Packing(costs, executors: 2).shares)
    }

    @Test func `There may be no atoms, one executor, and more executors than atoms`() {
        #expect(packed([], executors: 3).byStart.isEmpty)
        #expect(packed([], executors: 0).byStart.isEmpty)
        #expect(packed([3, 2, 1], executors: 1).byStart == [0, 1, 2])
        #expect(packed([3, 2, 1], executors: 0).loads == [6])
        #expect(packed([3, 2], executors: 4).byStart == [0, 1])
        #expect(packed([3, 2], executors: 4).loads == [3, 2, 0, 0])
    }

    @Test func `Atoms of the same time, even of none, keep their order`() {
        #expect(packed(Array(repeating: 1, count: 12), executors: 3).byStart == Array(0..<12))
        #expect(packed(Array(repeating: 0, count: 12), executors: 3).byStart == Array(0..<12))
    }

    @Test(arguments: SeededGenerator.seeds)
    func `Each atom is in one share, in order, and no executor ends later than before`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let executors = Int.random(in: 2...30, using: &generator)
        let costs = (0..<Int.random(in: 0...150, using: &generator))
            .map { _ in Double.random(in: 0...10, using: &generator) }
            .sorted(by: >)
        let before = Packing(costs, executors: executors)
        let after = packed(costs, executors: executors)
        #expect(after.shares.flatMap(\.self).sorted() == Array(costs.indices))
        #expect(after.shares.allSatisfy { $0 == $0.sorted() })
        #expect(zip(after.shares, after.loads).allSatisfy { abs($0.reduce(0) { $0 + costs[$1] } - $1) < 1e-9 })
        #expect(after.loads.max() ?? 0 <= before.loads.max() ?? 0)
        #expect(after.byStart.sorted() == Array(costs.indices))
    }
}
