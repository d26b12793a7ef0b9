import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile

/// A slave's work for one build, from set-up to teardown: follows instructions at any time, while ``run()`` works.
final class BuildSession: Sendable {
    /// The master's instruction to set up.
    let setup: BuildSetup
    /// The machine that it works on.
    let machine: SlaveMachine
    /// Requests to the master that are retried until it answers.
    let requests: PatientRequests
    /// The leased atoms.
    let queue: WorkQueue
    /// The running atoms.
    let running = RunningAtoms()
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
        var returned: [LeaseAtoms] = []
        var receiver: (@Sendable ([LeaseAtoms]) -> Void)?
    }

    private let state = Lock(State())

    init(setup: BuildSetup, machine: SlaveMachine, requests: PatientRequests) {
        self.setup = setup
        self.machine = machine
        self.requests = requests
        queue = WorkQueue(executors: setup.executors, isBatching: setup.job.batch)
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
        let companions = task.companions.map(\.id)
        let killSwitch = running.begin(task.claim, with: companions, executor: executor, at: begin)
        // Dropped atoms are not reported, so the cancellation needs no handler.
        if let killSwitch, queue.knows(task.lease) { try? await killSwitch.run(operation) }
        running.end(executor: executor)
    }

    /// Returns the atoms that have run for a while at an uptime, in the order of their executors.
    func runningAtoms(at uptime: Duration) -> [RunningAtom] {
        running.all.sorted { $0.key < $1.key }.flatMap { executor, run -> [RunningAtom] in
            let age = uptime - run.begin
            guard age >= Self.longRun else { return [] }
            return run.claims.map { RunningAtom(claim: $0, executor: executor, age: age.inMilliseconds) }
        }
    }

    /// The run time from which an atom is reported as running.
    private static let longRun = Duration.seconds(1)

    /// The leases with waiting or running atoms.
    var openLeases: [LeaseID] {
        let waiting = queue.waitingLeases
        return Set(running.all.values.map(\.claim.lease)).union(waiting).sorted()
    }

    /// Stops leases that no longer count.
    func drop(_ leases: [LeaseID]) {
        queue.drop(leases)
        running.drop(leases)
    }

    /// Stops atoms that another slave completed first, begun or not.
    func stop(_ parts: [LeaseAtoms]) {
        let waiting = queue.giveBack(parts)
        running.stop(
            zip(parts, waiting).map { part, waiting in
                LeaseAtoms(lease: part.lease, atoms: Set(part.atoms).subtracting(waiting.atoms).sorted())
            }
        )
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

    /// Puts atoms of a batch back, each to be run again alone.
    func putBack(_ atoms: [GrantedAtom], of task: QueuedAtom, to executor: Int) {
        guard !atoms.isEmpty else { return }
        let returned = queue.putBack(atoms, of: task, to: executor)
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
