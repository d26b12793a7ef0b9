import ClusterRunnerCore

/// A slave's part in one build, from its set-up to its teardown.
final class BuildSession: Sendable {
    /// What the master said of the build.
    let setup: BuildSetup
    /// The work that the master handed out.
    let queue = WorkQueue()
    /// Ends whatever runs for the build, less its teardown.
    let killSwitch = CancellationSwitch()

    private struct State {
        var isSetUp = false
        var isLeaving = false
        var isOver = false
        var running: [Int: CancellationSwitch] = [:]
    }

    private let state = Lock(State())

    init(setup: BuildSetup) {
        self.setup = setup
    }

    /// What a master that was restarted must know to let the slave go on.
    var hold: SlaveHold {
        let leases = queue.leases
        return state.withLock { state in
            SlaveHold(
                build: setup.build,
                isSetUp: state.isSetUp,
                isLeaving: state.isLeaving,
                executors: setup.executors,
                firstExecutorIndex: setup.firstExecutorIndex,
                leases: leases
            )
        }
    }

    /// The set-up succeeded.
    func isSetUp() {
        state.withLock { $0.isSetUp = true }
    }

    /// Whether the master is being told that the session is over: what it says of the build from now on is meant for
    /// another one.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// The teardown is done.
    func end() {
        state.withLock { state in
            state.isLeaving = true
            state.isOver = true
        }
    }

    /// Runs a hand-out; it ends early when its lease is dropped or the build canceled.
    func run(_ assignment: Assignment, _ operation: @escaping @Sendable () async -> Void) async {
        let killSwitch = CancellationSwitch()
        state.withLock { $0.running[assignment.lease] = killSwitch }
        // Whatever is dropped is not reported, so there is nobody to tell.
        try? await killSwitch.run(operation)
        state.withLock { $0.running[assignment.lease] = nil }
    }

    /// The leases under which atoms wait or run.
    var openLeases: [Int] {
        let waiting = queue.waitingLeases
        return Set(state.withLock { Array($0.running.keys) }).union(waiting).sorted()
    }

    /// Stops the hand-outs that count no more.
    func drop(_ leases: [Int]) {
        queue.drop(leases)
        let running = state.withLock { state in leases.compactMap { state.running[$0] } }
        for killSwitch in running { killSwitch.cancel() }
    }

    /// The build needs the slave no more: what runs is finished, nothing new begins.
    func finish() {
        state.withLock { $0.isLeaving = true }
        queue.close()
    }

    /// Kills whatever runs for the build.
    func cancel() {
        finish()
        killSwitch.cancel()
    }
}
