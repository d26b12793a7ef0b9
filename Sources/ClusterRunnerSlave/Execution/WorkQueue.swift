import ClusterRunnerCore

/// The subjobs that wait for an executor of this slave.
final class WorkQueue: Sendable {
    private struct State {
        var waiting: [Assignment] = []
        var known: Set<Int> = []
        var takers: [Int: CheckedContinuation<Assignment?, Never>] = [:]
        var lastTaker = 0
        var isClosed = false
        /// How many waited when the last ones came.
        var refill = 0
    }

    private let state = Lock(State())

    /// Adds hand-outs; those with a lease that was added before are ignored.
    func add(_ assignments: [Assignment]) {
        let handedOver = state.withLock { state in
            guard !state.isClosed else { return [] as [(CheckedContinuation<Assignment?, Never>, Assignment)] }
            state.waiting += assignments.filter { state.known.insert($0.lease).inserted }
            var handedOver: [(CheckedContinuation<Assignment?, Never>, Assignment)] = []
            while let taker = state.takers.keys.min(), !state.waiting.isEmpty {
                guard let continuation = state.takers.removeValue(forKey: taker) else { break }
                handedOver.append((continuation, state.waiting.removeFirst()))
            }
            state.refill = state.waiting.count
            return handedOver
        }
        for (continuation, assignment) in handedOver { continuation.resume(returning: assignment) }
    }

    /// Whether more work should come soon: half of what waited after the last hand-out is taken.
    var isRunningLow: Bool { state.withLock { $0.waiting.count <= $0.refill / 2 } }

    /// The hand-outs that were added and not dropped.
    var leases: [Int] { state.withLock { $0.known.sorted() } }

    /// The leases of the hand-outs that no executor has taken.
    var waitingLeases: [Int] { state.withLock { $0.waiting.map(\.lease) } }

    /// Forgets hand-outs that wait; they may be added again.
    func drop(_ leases: [Int]) {
        let dropped = Set(leases)
        state.withLock { state in
            state.waiting.removeAll { dropped.contains($0.lease) }
            state.known.subtract(dropped)
        }
    }

    /// The next subjob, as soon as there is one; nil once the queue is closed or the task is canceled.
    func next() async -> Assignment? {
        let taker = state.withLock { state in
            state.lastTaker += 1
            return state.lastTaker
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready: Assignment?? = state.withLock { state in
                    if Task.isCancelled { return .some(nil) }
                    if !state.waiting.isEmpty { return state.waiting.removeFirst() }
                    if state.isClosed { return .some(nil) }
                    state.takers[taker] = continuation
                    return .none
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            state.withLock { $0.takers.removeValue(forKey: taker) }?.resume(returning: nil)
        }
    }

    /// Ends the queue; what waits is not handed out any more.
    func close() {
        let takers = state.withLock { state in
            state.isClosed = true
            state.waiting = []
            defer { state.takers = [:] }
            return Array(state.takers.values)
        }
        for taker in takers { taker.resume(returning: nil) }
    }
}
