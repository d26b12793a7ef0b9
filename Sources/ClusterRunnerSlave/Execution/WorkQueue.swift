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
        /// The number of waiting atoms after the last leases were added.
        var refill = 0
    }

    private let state: Lock<State>

    /// Creates the queue for a number of executors.
    init(executors: Int, isBatching: Bool = false) {
        state = Lock(State(queue: ExecutorQueue(executors: executors, isBatching: isBatching)))
    }

    /// Adds leases; ignores those that were added before.
    ///
    /// - Returns: The atoms to give back at once: all of them after ``halt()``.
    @discardableResult
    func add(_ grants: [LeaseGrant]) -> [LeaseAtoms] {
        change { $0.add(grants) }
    }

    /// Returns atoms of a batch that must run again, each alone; the executor that ran the batch has them first.
    ///
    /// - Returns: The atoms to give back at once: all of them after ``halt()``.
    func putBack(_ atoms: [GrantedAtom], of task: QueuedAtom, to executor: Int) -> [LeaseAtoms] {
        change { $0.putBack(atoms, of: task, to: executor) }
    }

    /// Changes the waiting atoms, and hands them to executors that wait.
    private func change(_ body: (inout ExecutorQueue) -> Void) -> [LeaseAtoms] {
        typealias HandedOver = (taker: CheckedContinuation<QueuedAtom?, Never>, task: QueuedAtom)
        let (handedOver, returned): ([HandedOver], [LeaseAtoms]) = state.withLock { state in
            body(&state.queue)
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

    /// Stops further atoms from beginning.
    ///
    /// - Returns: The atoms that have not begun, to be given back.
    func halt() -> [LeaseAtoms] {
        state.withLock { state in
            state.isHalted = true
            return state.queue.giveBackAll()
        }
    }

    /// Whether more work should come soon, because at most half of the atoms of the last leases still wait.
    var isRunningLow: Bool { state.withLock { $0.queue.waitingAtoms <= $0.refill / 2 } }

    /// The leases that were added and not dropped.
    var leases: [LeaseID] { state.withLock { $0.queue.leases } }

    /// The leases with waiting atoms.
    var waitingLeases: [LeaseID] { state.withLock { $0.queue.waitingLeases } }

    /// Whether a lease was added and not dropped.
    func knows(_ lease: LeaseID) -> Bool { state.withLock { $0.queue.knows(lease) } }

    /// Whether an executor has further atoms of a lease.
    func continues(_ lease: LeaseID, on executor: Int) -> Bool {
        state.withLock { $0.queue.continues(lease, on: executor) }
    }

    /// Forgets leases, except for their running atoms; they may be added again.
    func drop(_ leases: [LeaseID]) {
        state.withLock { $0.queue.drop(leases) }
    }

    /// Removes those of the atoms that have not begun, and returns them.
    func giveBack(_ parts: [LeaseAtoms]) -> [LeaseAtoms] {
        state.withLock { state in
            parts.map { LeaseAtoms(lease: $0.lease, atoms: state.queue.giveBack($0.atoms, of: $0.lease)) }
        }
    }

    /// Waits for the next atom for an executor; nil once the queue is closed or the task is canceled.
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

    /// Closes the queue; leases that no executor has begun are not run.
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
