import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerWire
import Logging

/// Owns what a slave is doing: which master knows it under which number, and which build it works for.
actor SlaveAgent {
    private let client: SlaveClient
    private let logger: Logger
    /// Ends the waiting for a master that does not answer.
    nonisolated let patience = CancellationSwitch()
    /// The number that the master gave it; nil until it did.
    private(set) var registration: Int?
    private(set) var current: BuildSession?
    private(set) var isShuttingDown = false
    private nonisolated let sessions: AsyncStream<BuildSession>
    private let continuation: AsyncStream<BuildSession>.Continuation

    init(client: SlaveClient, logger: Logger) {
        self.client = client
        self.logger = logger
        (sessions, continuation) = AsyncStream.makeStream()
    }

    /// The same for messages that only a registered slave sends.
    var slaveID: Int { registration ?? 0 }

    /// The master took the slave in: what it lists as lost is stopped.
    func registered(_ welcome: SlaveWelcome) {
        registration = welcome.slaveID
        drop(welcome.lostLeases)
    }

    /// Stops what counts no more.
    func drop(_ leases: [LeaseID]) {
        current?.drop(leases)
    }

    /// What the slave works on, for the next sign of life.
    func heartbeat(at uptime: Duration) -> SlaveHeartbeat {
        SlaveHeartbeat(
            build: current?.setup.build,
            leases: current?.openLeases ?? [],
            running: current?.runningAtoms(at: uptime) ?? []
        )
    }

    /// What the slave works on, for a master that may not know it.
    var hold: HeldBuild? { current?.hold }

    /// Performs the sessions that instructions start, one after the other, until the slave may exit.
    nonisolated func performSessions(_ perform: (BuildSession) async -> Void) async {
        for await session in sessions {
            await perform(session)
            await sessionEnded(session)
        }
    }

    /// Does what the master says; what is known already is ignored.
    func follow(_ instruction: SlaveInstruction) async throws {
        switch instruction {
        case .setUp(let setup):
            if let current, current.setup.build == setup.build, !current.isOver { return }
            current?.cancel()
            let session = BuildSession(setup: setup)
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

    /// The slave exits when the build that it works for, if any, needs it no more.
    func drain() {
        isShuttingDown = true
        if current == nil { continuation.finish() }
    }

    private func leave(_ build: Int, _ action: (BuildSession) -> Void) async throws {
        guard let current, current.setup.build == build else {
            return try await client.report(TeardownReport(build: build), slave: slaveID)
        }
        action(current)
    }

    private func sessionEnded(_ session: BuildSession) {
        if current === session { current = nil }
        if isShuttingDown, current == nil { continuation.finish() }
    }

    /// Ends everything at once: what runs is killed, what must be torn down is torn down quickly, and the slave exits,
    /// whether its master answers or not.
    ///
    /// Called again, it kills the teardown as well.
    func stopNow() {
        isShuttingDown = true
        patience.cancel()
        current?.stop()
        if current == nil { continuation.finish() }
    }
}
