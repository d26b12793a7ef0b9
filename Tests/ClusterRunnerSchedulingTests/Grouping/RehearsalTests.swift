import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Testing

@testable import ClusterRunnerScheduling

@Suite struct RehearsalTests {
    @Test func `Whoever is free first takes the next piece, of several the one with the lowest number`() {
        var rehearsal = Rehearsal(executors: 3)
        #expect([4, 2, 2, 1, 1, 1].map { rehearsal.run($0) } == [0, 1, 2, 1, 2, 1])
        #expect(rehearsal.end == 4)
        #expect(Rehearsal.end(of: [4, 2, 2, 1, 1, 1, 9], executors: 3) == 12)
    }

    @Test func `Nothing ends at once, and no executors are like one`() {
        #expect(Rehearsal.end(of: [], executors: 3) == 0)
        #expect(Rehearsal.end(of: [1, 2, 3], executors: 0) == 6)
        #expect(Rehearsal.end(of: [1, 2, 3], executors: 5) == 3)
    }

    @Test(arguments: SeededGenerator.seeds)
    func `It ends as if the executors were searched one by one`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...40, using: &generator)
        let pieces = (0..<200).map { _ in Double(Int.random(in: 0...9, using: &generator)) }
        var rehearsal = Rehearsal(executors: count)
        var free = Array(repeating: 0.0, count: count)
        for seconds in pieces {
            let first = free.indices.min { free[$0] < free[$1] } ?? 0
            free[first] += seconds
            #expect(rehearsal.run(seconds) == first)
        }
        #expect(rehearsal.end == free.max())
    }
}
