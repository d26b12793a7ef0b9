import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// A slave's part in one build, from its set-up to its teardown.
final class BuildSession: Sendable {
    /// What the master said of the build.
    let setup: BuildSetup
    /// The work that the master handed out.
    let queue: WorkQueue
    /// Ends whatever runs for the build, except its teardown.
    let killSwitch = CancellationSwitch()
    /// Ends the teardown.
    let teardownSwitch = CancellationSwitch()
    /// What the master must yet be told of the build's own commands.
    let commands = CommandNotes()

    private struct State {
        var isSetUp = false
        var isLeaving = false
        var isObstructed = false
        var isOver = false
        var isTearingDown = false
        var isStopped = false
        /// What each executor runs.
        var running: [Int: RunningTask] = [:]
        var returned: [LeaseAtoms] = []
        var receiver: (@Sendable ([LeaseAtoms]) -> Void)?
    }

    /// An atom that an executor runs, since when in uptime, and what ends it.
    private struct RunningTask {
        let claim: LeasedAtom
        let begin: Duration
        let killSwitch: CancellationSwitch
    }

    /// What has run for this long is worth telling the master.
    private static let longRun = Duration.seconds(1)

    private let state = Lock(State())

    init(setup: BuildSetup) {
        self.setup = setup
        queue = WorkQueue(executors: setup.executors)
    }

    /// What a master that was restarted must know to let the slave go on.
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

    /// Runs an atom, which begins at that uptime; it ends early when its lease is dropped or the build canceled.
    func run(
        _ task: QueuedAtom,
        executor: Int,
        at begin: Duration,
        _ operation: @escaping @Sendable () async -> Void
    ) async {
        let killSwitch = CancellationSwitch()
        let running = RunningTask(claim: task.claim, begin: begin, killSwitch: killSwitch)
        state.withLock { $0.running[executor] = running }
        // Whatever is dropped is not reported, so there is nobody to tell.
        if queue.knows(task.lease) { try? await killSwitch.run(operation) }
        state.withLock { $0.running[executor] = nil }
    }

    /// The atoms that have run for a while at an uptime, in the order of their executors.
    func runningAtoms(at uptime: Duration) -> [RunningAtom] {
        state.withLock { $0.running }.sorted { $0.key < $1.key }.compactMap { executor, task in
            let age = uptime - task.begin
            guard age >= Self.longRun else { return nil }
            return RunningAtom(claim: task.claim, executor: executor, age: age.inMilliseconds)
        }
    }

    /// The leases under which atoms wait or run.
    var openLeases: [LeaseID] {
        let waiting = queue.waitingLeases
        return Set(state.withLock { $0.running.values.map(\.claim.lease) }).union(waiting).sorted()
    }

    /// Stops the leases that count no more.
    func drop(_ leases: [LeaseID]) {
        queue.drop(leases)
        stop { leases.contains($0.lease) }
    }

    private func stop(_ isUnwanted: (LeasedAtom) -> Bool) {
        let unwanted = state.withLock { state in
            state.running.values.filter { isUnwanted($0.claim) }.map(\.killSwitch)
        }
        for killSwitch in unwanted { killSwitch.cancel() }
    }

    /// Stops atoms that another slave was faster with, begun or not.
    func stop(_ parts: [LeaseAtoms]) {
        _ = queue.giveBack(parts)
        stop { claim in parts.contains { $0.lease == claim.lease && $0.atoms.contains(claim.atom) } }
    }

    /// Gives back those of the atoms that no executor has begun; the master is told which.
    func giveBack(_ parts: [LeaseAtoms]) {
        deliver(returned: queue.giveBack(parts))
    }

    /// Takes leases on; what no executor will begin is given back at once.
    func take(_ grants: [LeaseGrant]) {
        let returned = queue.add(grants)
        if !returned.isEmpty { deliver(returned: returned) }
    }

    /// Lets no further atom of the build begin on this slave; `report` tells the master why, before it gets back the
    /// atoms that were not begun.
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

    /// Lends somebody who tells the master what is given back, until the body ends.
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

    /// The build needs the slave no more: what runs is finished, nothing new begins.
    func finish() {
        state.withLock { $0.isLeaving = true }
        queue.close()
    }

    /// Kills whatever runs for the build; it is torn down afterwards.
    func cancel() {
        finish()
        killSwitch.cancel()
    }

    /// The slave must exit: kills whatever runs, the teardown too if it has begun; one that begins later has little time.
    ///
    /// Called once more, it kills the teardown in any case.
    func stop() {
        let endsTeardown = state.withLock { state in
            defer { state.isStopped = true }
            return state.isTearingDown || state.isStopped
        }
        if endsTeardown { teardownSwitch.cancel() }
        cancel()
    }

    /// Kills the teardown, if it runs.
    func endTeardown() {
        if state.withLock({ $0.isTearingDown }) { teardownSwitch.cancel() }
    }

    /// The teardown begins; returns how long it may run.
    func beginTeardown(limit: Duration) -> Duration {
        state.withLock { state in
            state.isTearingDown = true
            return state.isStopped ? min(limit, Self.hurriedTeardown) : limit
        }
    }

    /// How long a teardown may run that begins when the slave must exit.
    static let hurriedTeardown = Duration.seconds(30)
}
