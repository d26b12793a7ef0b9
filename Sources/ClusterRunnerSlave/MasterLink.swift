import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import Logging

/// The link of a slave to its master: registers, follows instructions, sends heartbeats, and reconnects.
struct MasterLink: Sendable {
    let url: String
    let sessionID: String
    let settings: SlaveSettings
    let client: SlaveClient
    let agent: SlaveAgent
    let timekeeper: Timekeeper
    let supervisor: any ServiceSupervisor
    let logger: Logger

    /// Runs the link until the surrounding task is canceled.
    ///
    /// - Throws: ``ClusterRunnerError`` when the master refuses the slave or was away for too long.
    func run() async throws {
        var failures = 0
        var lastContact: Duration?
        let retry = RetryPolicy()
        while !Task.isCancelled {
            do {
                try await session { id in
                    // A warning deserves a message about its end at the same level.
                    let level: Logger.Level = failures > 0 ? .warning : .notice
                    logger.log(level: level, "Connected to the master at \(client.address) as slave \(id).")
                    supervisor.report("Connected to the master at \(client.address) as slave \(id).")
                    failures = 0
                }
                logger.warning("The master closed the line. Connecting again.")
            } catch let error where retry.isWorthRetryingAsSlave(error) {
                if failures == 0 { logger.warning("\(error) Trying again until it does.") }
            }
            supervisor.report("Connecting to the master at \(client.address) again.")
            if failures == 0, await agent.slaveID > 0 { lastContact = timekeeper.now.uptime }
            try giveUpIfTooLong(since: lastContact)
            failures += 1
            try await timekeeper.sleep(for: retry.delay(afterFailures: failures))
        }
    }

    /// Throws when a slave that was connected has lost its master for too long; a new slave waits without limit.
    private func giveUpIfTooLong(since lastContact: Duration?) throws {
        let limit = settings.heartbeatInterval * settings.heartbeatFailureThreshold
        guard let lastContact, timekeeper.now.uptime - lastContact >= limit else { return }
        throw ClusterRunnerError(
            .unavailable,
            "The master at \(client.address) was away for \(Int(limit.inSeconds)) s, so the slave gives up. "
                + "heartbeat_interval and heartbeat_failure_threshold say how long it waits."
        )
    }

    /// Runs one session with the master, from the registration to the end of the instruction stream.
    private func session(onConnected: (SlaveID) -> Void) async throws {
        let welcome = try await client.register(
            SlaveRegistration(
                slave: url,
                numExecutors: settings.executors,
                sessionID: sessionID,
                name: settings.name,
                version: settings.version,
                hold: await agent.hold
            )
        )
        await agent.registered(welcome)
        let id = welcome.slaveID
        let instructions = try await client.instructions(slave: id)
        onConnected(id)
        // A master that was away may not know it.
        if await agent.isShuttingDown { try await client.requestShutdown(slave: id) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sendHeartbeats(welcome) }
            group.addTask {
                for try await instruction in instructions { try await agent.follow(instruction) }
            }
            // The first to end ends both: the stream of a master that is gone without a word stays open.
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Sends heartbeats until one fails, which means that the connection is broken.
    ///
    /// Two may be lost before the master gives the slave up, regardless of the slave's configuration.
    private func sendHeartbeats(_ welcome: SlaveWelcome) async throws {
        let interval = min(settings.heartbeatInterval, .seconds(max(0.1, welcome.silenceLimit / 3)))
        var pause = SlaveHeartbeat.firstPause(of: welcome.slaveID, interval: interval)
        while true {
            try await timekeeper.sleep(for: pause)
            pause = interval
            let heartbeat = await agent.heartbeat(at: timekeeper.now.uptime)
            let lost = try await client.heartbeat(heartbeat, slave: welcome.slaveID)
            guard !lost.isEmpty else { continue }
            logger.notice("The master gave leases \(lost) to other slaves; their atoms are stopped here.")
            await agent.drop(lost)
        }
    }
}
