import ClusterRunnerDomain
import Testing

@testable import ClusterRunnerSlave

@Suite(.timeLimit(.minutes(10))) struct WorkQueueTests {
    private let queue = WorkQueue(executors: 3)

    private func work(_ leases: LeaseID...) -> [LeaseGrant] {
        leases.map { .of($0) }
    }

    @Test func `Work is handed out in the order in which it came`() async {
        queue.add(work(1, 2))
        queue.add(work(3))
        for lease: LeaseID in [1, 2, 3] { #expect(await queue.next(for: 0)?.lease == lease) }
    }

    @Test func `A lease that is known is ignored, even when it was taken`() async {
        queue.add(work(1))
        #expect(await queue.next(for: 0)?.lease == 1)
        queue.add(work(1, 2, 2))
        #expect(await queue.next(for: 0)?.lease == 2)
        queue.add(work(3))
        #expect(await queue.next(for: 0)?.lease == 3)
    }

    @Test func `Whoever waits gets work as soon as there is some`() async {
        await withTaskGroup(of: LeaseID?.self) { group in
            for executor in 0..<3 { group.addTask { @concurrent in await queue.next(for: executor)?.lease } }
            queue.add(work(1, 2, 3))
            var leases: Set<LeaseID> = []
            for await lease in group { leases.insert(lease ?? 0) }
            #expect(leases == [1, 2, 3])
        }
    }

    @Test func `It runs low when half of what it was filled up to is taken`() async {
        #expect(queue.isRunningLow)
        queue.add(work(1, 2, 3, 4))
        #expect(!queue.isRunningLow)
        _ = await queue.next(for: 0)
        #expect(!queue.isRunningLow)
        _ = await queue.next(for: 0)
        #expect(queue.isRunningLow)
        queue.add(work(5, 6))
        #expect(!queue.isRunningLow)
    }

    @Test func `With one for each executor it runs low with each that is taken`() async {
        queue.add(work(1, 2))
        _ = await queue.next(for: 0)
        #expect(queue.isRunningLow)
    }

    @Test func `After a halt nothing begins, and what comes is given back`() async {
        queue.add(work(1))
        #expect(queue.halt() == [LeaseAtoms(lease: 1, atoms: [0])])
        #expect(queue.add(work(1, 2)) == [LeaseAtoms(lease: 2, atoms: [0])])
        async let waiting = queue.next(for: 0)
        queue.close()
        #expect(await waiting == nil)
    }

    @Test func `A closed queue hands out nothing, not even what waited`() async {
        async let waiting = queue.next(for: 0)
        queue.close()
        #expect(await waiting == nil)
        queue.add(work(1))
        #expect(await queue.next(for: 0) == nil)
        let other = WorkQueue(executors: 1)
        other.add(work(1))
        other.close()
        #expect(await other.next(for: 0) == nil)
    }

    @Test func `A canceled taker gets nothing and takes nothing`() async {
        await withTaskGroup(of: QueuedAtom?.self) { group in
            group.addTask { @concurrent in await queue.next(for: 0) }
            group.cancelAll()
            #expect(await group.next() == .some(nil))
        }
        queue.add(work(1))
        #expect(await queue.next(for: 0)?.lease == 1)
    }

    @Test func `Idle executors take what another has not begun, in their turn`() async {
        await withTaskGroup(of: QueuedAtom?.self) { group in
            for executor in 0..<3 { group.addTask { @concurrent in await queue.next(for: executor) } }
            queue.add([.of(1, atoms: 4)])
            var atoms: Set<AtomIndex> = []
            for await task in group { atoms.insert(task?.atom.id ?? -1) }
            #expect(atoms.count == 3)
        }
    }

    @Test func `Atoms that an executor has begun are not given back`() async {
        queue.add([.of(1, atoms: 4)])
        #expect(await queue.next(for: 0)?.atom.id == 0)
        let parts = [LeaseAtoms(lease: 1, atoms: [0, 2, 3]), LeaseAtoms(lease: 9, atoms: [0])]
        #expect(queue.giveBack(parts) == [LeaseAtoms(lease: 1, atoms: [2, 3]), LeaseAtoms(lease: 9, atoms: [])])
        #expect(queue.giveBack(parts) == [LeaseAtoms(lease: 1, atoms: []), LeaseAtoms(lease: 9, atoms: [])])
        #expect(await queue.next(for: 1)?.atom.id == 1)
    }
}
