import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// A slave's work for one build, from set-up to teardown.
final class BuildSession: Sendable {
    /// The master's instruction to set up.
    let setup: BuildSetup
    /// The leased atoms.
    let queue: WorkQueue
    /// Ends all commands of the build, except for its teardown.
    let killSwitch = CancellationSwitch()
    /// Ends the teardown.
    let teardownSwitch = CancellationSwitch()
    /// The build's own commands that the master does not know yet.
    let commands = CommandNotes()

    private struct State {
        var isSetUp = false
        var isLeaving = false
        var isObstructed = false
        var isOver = false
        var isTearingDown = false
        var isStopped = false
        /// The running atom of each executor.
        var running: [Int: RunningTask] = [:]
        /// Stopped atoms that neither waited nor ran: they have ended, or an executor is about to begin them.
        var stopped: [LeaseID: Set<AtomIndex>] = [:]
        var returned: [LeaseAtoms] = []
        var receiver: (@Sendable ([LeaseAtoms]) -> Void)?
    }

    /// A running atom, its begin in uptime, and the switch that ends it.
    private struct RunningTask {
        let claim: LeasedAtom
        let begin: Duration
        let killSwitch: CancellationSwitch
    }

    /// The run time from which an atom is reported as running.
    private static let longRun = Duration.seconds(1)

    private let state = Lock(State())

    init(setup: BuildSetup) {
        self.setup = setup
        queue = WorkQueue(executors: setup.executors)
    }

    /// The work that the slave holds, for a master that was restarted.
    var hold: HeldBuild {
        let leases = queue.leases
        return state.withLock { state in
            HeldBuild(
                build: setup.build,
                isSetUp: state.isSetUp,
                isLeaving: state.isLeaving || state.isObstructed,
                executors: setup.executors,
                firstExecutorIndex: setup.firstExecutorIndex,
                leases: leases
            )
        }
    }

    /// Records that the set-up succeeded.
    func isSetUp() {
        state.withLock { $0.isSetUp = true }
    }

    /// Whether the master may know that the session is over; its later messages are meant for another session.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// Records that the teardown is done.
    func end() {
        state.withLock { state in
            state.isLeaving = true
            state.isOver = true
        }
    }

    /// Runs an atom that begins at an uptime; it ends early when its lease is dropped or the build is canceled.
    func run(
        _ task: QueuedAtom,
        executor: Int,
        at begin: Duration,
        _ operation: @escaping @Sendable () async -> Void
    ) async {
        let killSwitch = CancellationSwitch()
        let running = RunningTask(claim: task.claim, begin: begin, killSwitch: killSwitch)
        let isStopped = state.withLock { state in
            state.running[executor] = running
            return state.stopped[task.lease]?.contains(task.atom.id) == true
        }
        // Dropped atoms are not reported, so the cancellation needs no handler.
        if !isStopped, queue.knows(task.lease) { try? await killSwitch.run(operation) }
        state.withLock { $0.running[executor] = nil }
    }

    /// Returns the atoms that have run for a while at an uptime, in the order of their executors.
    func runningAtoms(at uptime: Duration) -> [RunningAtom] {
        state.withLock { $0.running }.sorted { $0.key < $1.key }.compactMap { executor, task in
            let age = uptime - task.begin
            guard age >= Self.longRun else { return nil }
            return RunningAtom(claim: task.claim, executor: executor, age: age.inMilliseconds)
        }
    }

    /// The leases with waiting or running atoms.
    var openLeases: [LeaseID] {
        let waiting = queue.waitingLeases
        return Set(state.withLock { $0.running.values.map(\.claim.lease) }).union(waiting).sorted()
    }

    /// Stops leases that no longer count.
    func drop(_ leases: [LeaseID]) {
        queue.drop(leases)
        stop { leases.contains($0.lease) }
        state.withLock { state in
            for lease in leases { state.stopped[lease] = nil }
        }
    }

    private func stop(_ isUnwanted: (LeasedAtom) -> Bool) {
        let unwanted = state.withLock { state in
            state.running.values.filter { isUnwanted($0.claim) }.map(\.killSwitch)
        }
        for killSwitch in unwanted { killSwitch.cancel() }
    }

    /// Stops atoms that another slave completed first, begun or not.
    func stop(_ parts: [LeaseAtoms]) {
        let waiting = queue.giveBack(parts)
        state.withLock { state in
            for (part, waiting) in zip(parts, waiting) {
                state.stopped[part.lease, default: []].formUnion(Set(part.atoms).subtracting(waiting.atoms))
            }
        }
        stop { claim in parts.contains { $0.lease == claim.lease && $0.atoms.contains(claim.atom) } }
    }

    /// Gives back those of the atoms that have not begun, and reports them to the master.
    func giveBack(_ parts: [LeaseAtoms]) {
        deliver(returned: queue.giveBack(parts))
    }

    /// Adds leases; atoms that no executor will begin are given back at once.
    func take(_ grants: [LeaseGrant]) {
        let returned = queue.add(grants)
        if !returned.isEmpty { deliver(returned: returned) }
    }

    /// Stops further atoms of the build from beginning on this slave.
    ///
    /// `report` gives the master the reason, and is called before the unbegun atoms are given back.
    func halt(isObstructed: Bool, report: () -> Void) {
        if isObstructed { state.withLock { $0.isObstructed = true } }
        let returned = queue.halt()
        report()
        if !returned.isEmpty { deliver(returned: returned) }
    }

    private func deliver(returned: [LeaseAtoms]) {
        let receiver = state.withLock { state in
            if state.receiver == nil { state.returned += returned }
            return state.receiver
        }
        receiver?(returned)
    }

    /// Connects a receiver of returned atoms until the body ends.
    func deliverReturns(
        to receiver: @escaping @Sendable ([LeaseAtoms]) -> Void,
        while body: () async -> Void
    ) async {
        let earlier = state.withLock { state in
            state.receiver = receiver
            defer { state.returned = [] }
            return state.returned
        }
        if !earlier.isEmpty { receiver(earlier) }
        await body()
        state.withLock { $0.receiver = nil }
    }

    /// Completes running work for a build that no longer needs the slave; nothing new begins.
    func finish() {
        state.withLock { $0.isLeaving = true }
        queue.close()
    }

    /// Kills all commands of the build, which is torn down afterwards.
    func cancel() {
        finish()
        killSwitch.cancel()
    }

    /// Kills all commands because the slave must exit, including a teardown in progress; a later teardown has little
    /// time.
    ///
    /// A second call kills the teardown in any case.
    func stop() {
        let endsTeardown = state.withLock { state in
            defer { state.isStopped = true }
            return state.isTearingDown || state.isStopped
        }
        if endsTeardown { teardownSwitch.cancel() }
        cancel()
    }

    /// Kills the teardown if it is running.
    func endTeardown() {
        if state.withLock({ $0.isTearingDown }) { teardownSwitch.cancel() }
    }

    /// Begins the teardown; returns its time limit.
    func beginTeardown(limit: Duration) -> Duration {
        state.withLock { state in
            state.isTearingDown = true
            return state.isStopped ? min(limit, Self.hurriedTeardown) : limit
        }
    }

    /// The time limit of a teardown that begins when the slave must exit.
    static let hurriedTeardown = Duration.seconds(30)
}
