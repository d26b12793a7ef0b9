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

    private func members(_ task: QueuedAtom?) -> [Int]? { task?.members.map(\.id.rawValue) }

    @Test func `With batches an executor takes all atoms of a lease at once`() {
        var queue = ExecutorQueue(executors: 2, isBatching: true)
        queue.add([work(1, 3), work(2, 2)])
        #expect(members(queue.next(for: 0)) == [0, 1, 2])
        #expect(queue.waitingAtoms == 2 && queue.waitingLeases == [2])
        #expect(queue.giveBack([0, 1, 2], of: 1) == [], "It has begun them.")
        #expect(queue.giveBack([1], of: 2) == [1])
        #expect(members(queue.next(for: 1)) == [0])
        #expect(queue.next(for: 1) == nil && queue.waitingAtoms == 0)
    }

    @Test func `Atoms that failed, or do not fit on a line, run alone`() {
        let atoms = [
            GrantedAtom(id: 0, atom: Atom(variable: "A", value: "x")),
            GrantedAtom(id: 1, atom: Atom(variable: "A", value: "y"), failures: 1),
            GrantedAtom(id: 2, atom: Atom(variable: "A", value: "y"), obstructions: 1),
            GrantedAtom(id: 3, atom: Atom(variable: "A", value: "two\nlines")),
            GrantedAtom(id: 4, atom: Atom(variable: "A", value: "")),
            GrantedAtom(id: 5, atom: Atom(variable: "A", value: "z")),
            GrantedAtom(id: 6, atom: Atom(variable: "A", value: "z")),
            GrantedAtom(id: 7, atom: Atom(variable: "OTHER", value: "z")),
            GrantedAtom(id: 8, atom: Atom(variable: "A", value: String(repeating: "l", count: 40 << 10))),
            GrantedAtom(id: 9, atom: Atom(variable: "A", value: String(repeating: "l", count: 40 << 10))),
        ]
        var queue = ExecutorQueue(executors: 1, isBatching: true)
        queue.add([LeaseGrant(lease: 1, build: 1, subjob: 1, atoms: atoms)])
        var taken: [[Int]] = []
        while let next = members(queue.next(for: 0)) { taken.append(next) }
        #expect(taken == [[0], [1], [2], [3], [4], [5, 6], [7], [8], [9]])
    }

    @Test func `Atoms that are put back run alone, on any executor, and can be given back`() throws {
        var queue = ExecutorQueue(executors: 2, isBatching: true)
        queue.add([work(1, 5)])
        let first = queue.next(for: 0)
        let batch = try #require(first)
        queue.putBack(Array(batch.members.dropFirst()), of: batch, to: 0)
        #expect(queue.waitingAtoms == 4 && queue.waitingLeases == [1])
        #expect(members(queue.next(for: 0)) == [1])
        #expect(members(queue.next(for: 1)) == [3], "half of what is left")
        #expect(queue.giveBack([2, 4], of: 1) == [2, 4])
        #expect(queue.next(for: 0) == nil && queue.next(for: 1) == nil)
        queue.drop([1])
        queue.putBack(batch.members, of: batch, to: 0)
        #expect(queue.next(for: 0) == nil, "The lease was dropped.")
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
