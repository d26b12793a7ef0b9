import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerWire

/// The state of a slave: its number, and the build that it works for.
actor SlaveAgent {
    private let machine: SlaveMachine
    /// Ends the retries for a master that does not answer.
    private let patience = CancellationSwitch()
    /// The number that the master gave the slave; nil before the first registration.
    private(set) var registration: SlaveID?
    private(set) var current: BuildSession?
    private(set) var isShuttingDown = false
    private nonisolated let sessions: AsyncStream<BuildSession>
    private let continuation: AsyncStream<BuildSession>.Continuation

    init(machine: SlaveMachine) {
        self.machine = machine
        (sessions, continuation) = AsyncStream.makeStream()
    }

    /// The number for messages that only a registered slave sends.
    var slaveID: SlaveID { registration ?? 0 }

    /// Requests to the master that are retried until it answers.
    private var requests: PatientRequests {
        PatientRequests(
            slave: { await self.slaveID },
            patience: patience,
            timekeeper: machine.parts.timekeeper,
            logger: machine.logger
        )
    }

    /// Records a registration and stops the leases that the master lists as lost.
    func registered(_ welcome: SlaveWelcome) {
        registration = welcome.slaveID
        drop(welcome.lostLeases)
    }

    /// Stops leases that no longer count.
    func drop(_ leases: [LeaseID]) {
        current?.drop(leases)
    }

    /// Returns the current work, for the next heartbeat.
    func heartbeat(at uptime: Duration) -> SlaveHeartbeat {
        SlaveHeartbeat(
            build: current?.setup.build,
            leases: current?.openLeases ?? [],
            running: current?.runningAtoms(at: uptime) ?? []
        )
    }

    /// The current work, for a master that may not know it.
    var hold: HeldBuild? { current?.hold }

    /// Performs the sessions that instructions start, one after the other, until the slave may exit.
    nonisolated func performSessions(_ perform: (BuildSession) async -> Void) async {
        for await session in sessions {
            await perform(session)
            await sessionEnded(session)
        }
    }

    /// Follows an instruction; ignores a repeated one.
    func follow(_ instruction: SlaveInstruction) async throws {
        switch instruction {
        case .setUp(let setup):
            if let current, current.setup.build == setup.build, !current.isOver { return }
            current?.cancel()
            let session = BuildSession(setup: setup, machine: machine, requests: requests)
            current = session
            continuation.yield(session)
        case .run(let grants):
            guard let build = grants.first?.build, current?.setup.build == build else { return }
            current?.take(grants)
        case .giveBack(let build, let parts):
            if current?.setup.build == build { current?.giveBack(parts) }
        case .stop(let build, let parts):
            if current?.setup.build == build { current?.stop(parts) }
        case .tearDown(let build):
            try await leave(build) { $0.finish() }
        case .cancel(let build):
            try await leave(build) { $0.cancel() }
        case .endTeardown(let build):
            if current?.setup.build == build { current?.endTeardown() }
        case .shutDown:
            drain()
        }
    }

    /// Lets the slave exit as soon as no build needs it.
    func drain() {
        isShuttingDown = true
        if current == nil { continuation.finish() }
    }

    private func leave(_ build: BuildID, _ action: (BuildSession) -> Void) async throws {
        guard let current, current.setup.build == build else {
            return try await machine.parts.client.report(TeardownReport(build: build), slave: slaveID)
        }
        action(current)
    }

    private func sessionEnded(_ session: BuildSession) {
        if current === session { current = nil }
        if isShuttingDown, current == nil { continuation.finish() }
    }

    /// Kills all commands, tears down quickly, and exits, whether the master answers or not.
    ///
    /// A second call also kills the teardown.
    func stopNow() {
        isShuttingDown = true
        patience.cancel()
        current?.stop()
        if current == nil { continuation.finish() }
    }
}
