import ClusterRunnerAPI
import ClusterRunnerClient
import ClusterRunnerCore
import Logging

/// Keeps a slave in touch with its master: registers, listens, sends heartbeats, and starts over when the line breaks.
struct MasterLink: Sendable {
    let registration: SlaveRegistration
    let settings: SlaveSettings
    let client: SlaveClient
    let agent: SlaveAgent
    let timekeeper: Timekeeper
    let logger: Logger

    /// Stays in touch until the surrounding task is canceled.
    ///
    /// - Throws: ``ClusterRunnerError`` when the master refuses the slave, or was away for too long.
    func run() async throws {
        var failures = 0
        let retry = RetryPolicy()
        while !Task.isCancelled {
            do {
                try await session { id in
                    // Who was warned wants to know that it is over.
                    let level: Logger.Level = failures > 0 ? .warning : .notice
                    logger.log(level: level, "Connected to the master at \(client.address) as slave \(id).")
                    failures = 0
                }
                logger.warning("The master closed the line. Connecting again.")
            } catch let error where retry.isWorthRetrying(error) || isExpired(error) {
                if failures == 0 { logger.warning("\(error) Trying again until it does.") }
            }
            failures += 1
            try await timekeeper.sleep(for: retry.delay(afterFailures: failures))
        }
    }

    /// One session with the master, from the registration to the end of the instruction stream.
    private func session(onConnected: (Int) -> Void) async throws {
        let id = try await client.register(registration)
        await agent.registered(as: id)
        let instructions = try await client.instructions(slave: id)
        onConnected(id)
        // A master that was away may not know it.
        if await agent.isShuttingDown { try await client.requestShutdown(slave: id) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sendHeartbeats(as: id) }
            for try await instruction in instructions { try await agent.follow(instruction) }
            group.cancelAll()
        }
    }

    /// Sends heartbeats until so many in a row have failed that the line must be taken for broken.
    private func sendHeartbeats(as id: Int) async throws {
        var failures = 0
        while true {
            try await timekeeper.sleep(for: settings.heartbeatInterval)
            do {
                try await client.heartbeat(slave: id)
                failures = 0
            } catch let error as MasterUnreachable {
                failures += 1
                guard failures < settings.heartbeatFailureThreshold else { throw error }
            }
        }
    }

    private func isExpired(_ error: any Error) -> Bool {
        (error as? ClusterRunnerError)?.code == .sessionExpired
    }
}
