import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// The atoms that wait for an executor of this slave, and the executors that wait for an atom.
final class WorkQueue: Sendable {
    private struct State {
        var queue: ExecutorQueue
        var takers: [Int: CheckedContinuation<QueuedAtom?, Never>] = [:]
        var isClosed = false
        /// Whether no further atom begins.
        var isHalted = false
        /// How many waited when the last ones came.
        var refill = 0
    }

    private let state: Lock<State>

    /// Creates the queue of so many executors.
    init(executors: Int) {
        state = Lock(State(queue: ExecutorQueue(executors: executors)))
    }

    /// Adds leases; those with a lease that was added before are ignored.
    ///
    /// - Returns: The atoms that are to be given back at once: all of them after ``halt()``.
    @discardableResult
    func add(_ grants: [LeaseGrant]) -> [LeaseAtoms] {
        typealias HandedOver = (taker: CheckedContinuation<QueuedAtom?, Never>, task: QueuedAtom)
        let (handedOver, returned): ([HandedOver], [LeaseAtoms]) = state.withLock { state in
            state.queue.add(grants)
            guard !state.isHalted else { return ([], state.queue.giveBackAll()) }
            var handedOver: [HandedOver] = []
            for executor in state.takers.keys.sorted() {
                guard let task = state.queue.next(for: executor) else { break }
                state.takers.removeValue(forKey: executor).map { handedOver.append(($0, task)) }
            }
            state.refill = state.queue.waitingAtoms
            return (handedOver, [])
        }
        for (taker, task) in handedOver { taker.resume(returning: task) }
        return returned
    }

    /// Lets no further atom begin.
    ///
    /// - Returns: Those that no executor has begun, which are to be given back.
    func halt() -> [LeaseAtoms] {
        state.withLock { state in
            state.isHalted = true
            return state.queue.giveBackAll()
        }
    }

    /// Whether more work should come soon: half of what waited after the last lease is taken.
    var isRunningLow: Bool { state.withLock { $0.queue.waitingAtoms <= $0.refill / 2 } }

    /// The leases that were added and not dropped.
    var leases: [LeaseID] { state.withLock { $0.queue.leases } }

    /// The leases of which atoms wait for an executor.
    var waitingLeases: [LeaseID] { state.withLock { $0.queue.waitingLeases } }

    /// Whether a lease was added and not dropped.
    func knows(_ lease: LeaseID) -> Bool { state.withLock { $0.queue.knows(lease) } }

    /// Whether an executor has further atoms of a lease.
    func continues(_ lease: LeaseID, on executor: Int) -> Bool {
        state.withLock { $0.queue.continues(lease, on: executor) }
    }

    /// Forgets leases, less what runs of them; they may be added again.
    func drop(_ leases: [LeaseID]) {
        state.withLock { $0.queue.drop(leases) }
    }

    /// Takes out those of the atoms that no executor has begun, and returns which those are.
    func giveBack(_ parts: [LeaseAtoms]) -> [LeaseAtoms] {
        state.withLock { state in
            parts.map { LeaseAtoms(lease: $0.lease, atoms: state.queue.giveBack($0.atoms, of: $0.lease)) }
        }
    }

    /// The next atom for an executor, as soon as there is one; nil once the queue is closed or the task is canceled.
    func next(for executor: Int) async -> QueuedAtom? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready: QueuedAtom?? = state.withLock { state in
                    if Task.isCancelled { return .some(nil) }
                    if let task = state.queue.next(for: executor) { return task }
                    if state.isClosed { return .some(nil) }
                    state.takers[executor] = continuation
                    return .none
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            state.withLock { $0.takers.removeValue(forKey: executor) }?.resume(returning: nil)
        }
    }

    /// Ends the queue; leases that no executor has begun are not handed out any more.
    func close() {
        let takers = state.withLock { state in
            state.isClosed = true
            state.queue.close()
            defer { state.takers = [:] }
            return Array(state.takers.values)
        }
        for taker in takers { taker.resume(returning: nil) }
    }
}
