import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerSlave
import Testing

@Suite struct ExecutorQueueTests {
    private func work(_ lease: LeaseID, _ atoms: Int) -> LeaseGrant {
        let atoms = (0..<atoms).map { GrantedAtom(id: AtomIndex($0), atom: Atom(variable: "A", value: "\($0)")) }
        return LeaseGrant(lease: lease, build: 1, subjob: SubjobID(lease.rawValue), atoms: atoms)
    }

    /// Takes an executor's next atom, as `[lease, atom]`.
    private func next(_ queue: inout ExecutorQueue, _ executor: Int) -> [Int]? {
        queue.next(for: executor).map { [$0.lease.rawValue, $0.atom.id.rawValue] }
    }

    @Test func `An executor runs a lease to its end, then takes the next one`() {
        var queue = ExecutorQueue(executors: 2)
        queue.add([work(1, 2), work(2, 2), work(3, 1)])
        #expect(next(&queue, 0) == [1, 0])
        #expect(next(&queue, 1) == [2, 0])
        #expect(next(&queue, 0) == [1, 1])
        #expect(next(&queue, 0) == [3, 0])
        #expect(next(&queue, 1) == [2, 1])
        #expect(next(&queue, 1) == nil)
    }

    @Test func `All that nobody has begun can be given back`() {
        var queue = ExecutorQueue(executors: 2)
        queue.add([work(1, 3), work(2, 2)])
        #expect(next(&queue, 0) == [1, 0])
        #expect(
            queue.giveBackAll() == [LeaseAtoms(lease: 1, atoms: [1, 2]), LeaseAtoms(lease: 2, atoms: [0, 1])]
        )
        #expect(queue.waitingAtoms == 0 && queue.waitingLeases.isEmpty)
        #expect(next(&queue, 0) == nil && next(&queue, 1) == nil)
        queue.add([work(2, 2)])
        #expect(next(&queue, 0) == nil, "A lease that is known is not run again.")
        #expect(queue.giveBackAll().isEmpty)
    }

    @Test func `When none waits, an executor takes half of the largest rest of another`() {
        var queue = ExecutorQueue(executors: 3)
        queue.add([work(1, 3), work(2, 7)])
        #expect(next(&queue, 0) == [1, 0])
        #expect(next(&queue, 1) == [2, 0])
        #expect(next(&queue, 2) == [2, 4])
        #expect((0..<2).map { _ in next(&queue, 2) } == [[2, 5], [2, 6]])
        #expect(next(&queue, 2) == [2, 2], "of [1, 2] and [1, 2, 3] the half of the longer one")
        #expect(next(&queue, 1) == [2, 1])
        #expect(next(&queue, 1) == [1, 2])
        #expect(next(&queue, 2) == [2, 3])
        #expect(next(&queue, 0) == [1, 1])
        #expect((0..<3).allSatisfy { next(&queue, $0) == nil })
    }

    @Test func `The last atom that is not begun may be taken, too`() {
        var queue = ExecutorQueue(executors: 2)
        queue.add([work(1, 2)])
        #expect(next(&queue, 0) == [1, 0])
        #expect(next(&queue, 1) == [1, 1])
        #expect(next(&queue, 0) == nil)
    }

    @Test func `What is given back is run by nobody, and what is begun is not given back`() {
        var queue = ExecutorQueue(executors: 2)
        queue.add([work(1, 4), work(2, 2)])
        #expect(next(&queue, 0) == [1, 0])
        #expect(queue.giveBack([0, 1, 3, 9], of: 1) == [1, 3])
        #expect(queue.giveBack([0, 1, 3], of: 1) == [])
        #expect(queue.giveBack([0, 1], of: 2) == [0, 1])
        #expect(queue.giveBack([0], of: 7) == [])
        #expect(next(&queue, 1) == [1, 2])
        #expect(next(&queue, 0) == nil && next(&queue, 1) == nil)
        queue.add([work(2, 2)])
        #expect(next(&queue, 0) == nil, "a lease that was given back stays known")
        #expect(queue.leases == [1, 2])
    }

    @Test func `What is dropped is forgotten, in the hands of executors too`() {
        var queue = ExecutorQueue(executors: 1)
        queue.add([work(1, 3), work(2, 1)])
        #expect(next(&queue, 0) == [1, 0])
        queue.drop([1])
        #expect(next(&queue, 0) == [2, 0])
        #expect(queue.leases == [2] && !queue.knows(1))
        queue.add([work(1, 1)])
        #expect(next(&queue, 0) == [1, 0])
    }

    @Test func `Once it is closed, what was begun is run to its end and nothing else`() {
        var queue = ExecutorQueue(executors: 1)
        queue.add([work(1, 2), work(2, 1)])
        #expect(next(&queue, 0) == [1, 0])
        queue.close()
        queue.add([work(3, 1)])
        #expect(next(&queue, 0) == [1, 1])
        #expect(next(&queue, 0) == nil)
    }

    @Test func `Leases without atoms are passed over`() {
        var queue = ExecutorQueue(executors: 1)
        queue.add([work(1, 0), work(2, 1)])
        #expect(next(&queue, 0) == [2, 0])
    }
}
