import ClusterRunnerCore
import Testing

@testable import ClusterRunnerSlave

@Suite(.timeLimit(.minutes(1))) struct WorkQueueTests {
    private let queue = WorkQueue()

    private func work(_ leases: Int...) -> [Assignment] {
        leases.map { Assignment(lease: $0, build: 1, subjob: $0, atoms: []) }
    }

    @Test func `Work is handed out in the order in which it came`() async {
        queue.add(work(1, 2))
        queue.add(work(3))
        for lease in 1...3 { #expect(await queue.next()?.lease == lease) }
    }

    @Test func `A hand-out that is known is ignored, even when it was taken`() async {
        queue.add(work(1))
        #expect(await queue.next()?.lease == 1)
        queue.add(work(1, 2, 2))
        #expect(await queue.next()?.lease == 2)
        queue.add(work(3))
        #expect(await queue.next()?.lease == 3)
    }

    @Test func `Whoever waits gets work as soon as there is some`() async {
        await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<3 { group.addTask { @concurrent in await queue.next()?.lease } }
            queue.add(work(1, 2, 3))
            var leases: Set<Int> = []
            for await lease in group { leases.insert(lease ?? 0) }
            #expect(leases == [1, 2, 3])
        }
    }

    @Test func `It runs low when half of what it was filled up to is taken`() async {
        #expect(queue.isRunningLow)
        queue.add(work(1, 2, 3, 4))
        #expect(!queue.isRunningLow)
        _ = await queue.next()
        #expect(!queue.isRunningLow)
        _ = await queue.next()
        #expect(queue.isRunningLow)
        queue.add(work(5, 6))
        #expect(!queue.isRunningLow)
    }

    @Test func `With one for each executor it runs low with each that is taken`() async {
        queue.add(work(1, 2))
        _ = await queue.next()
        #expect(queue.isRunningLow)
    }

    @Test func `A closed queue hands out nothing, not even what waited`() async {
        async let waiting = queue.next()
        queue.close()
        #expect(await waiting == nil)
        queue.add(work(1))
        #expect(await queue.next() == nil)
        let other = WorkQueue()
        other.add(work(1))
        other.close()
        #expect(await other.next() == nil)
    }

    @Test func `A canceled taker gets nothing and takes nothing`() async {
        await withTaskGroup(of: Assignment?.self) { group in
            group.addTask { @concurrent in await queue.next() }
            group.cancelAll()
            #expect(await group.next() == .some(nil))
        }
        queue.add(work(1))
        #expect(await queue.next()?.lease == 1)
    }
}
