import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Logging

/// The runner of sessions: fetches the project, runs set-up, atoms and teardown, and reports.
struct BuildSessionRunner: Sendable {
    let settings: SlaveSettings
    let parts: SlaveParts
    let folders: SlaveFolders
    let board: ExecutorBoard
    /// The slave.
    let slave: @Sendable () async -> SlaveID
    /// Ends the retries for a master that does not answer.
    let patience: CancellationSwitch
    let logger: Logger
    let events: SlaveEvents

    /// Runs a session to its end; the slave is idle again when it returns.
    func run(_ session: BuildSession) async {
        let build = session.setup.build
        let shelf = Shelf()
        do {
            let ready = try await recordingSetup(of: build) {
                let ready = try await session.killSwitch.run { try await shelf.keep(prepare(session)) }
                try await session.killSwitch.run { try await runSetup(session, ready) }
                return ready
            }
            session.isSetUp()
            try await reportSetup(of: session, failure: nil)
            try await session.killSwitch.run { try await work(session, ready) }
        } catch is CancellationError {
            logger.info("Build \(build) was canceled on this slave.")
        } catch {
            // The teardown is reported together with a failed set-up.
            if !session.hold.isSetUp, let ready = shelf.take() { await clearAway(session, ready) }
            await reportFailure(of: session, error)
        }
        await tearDown(session, shelf.take())
    }

    /// The holder of a prepared project until its release, even if a cancellation comes at that moment.
    private final class Shelf: Sendable {
        private let prepared = Lock<PreparedBuild?>(nil)

        func keep(_ build: PreparedBuild) -> PreparedBuild {
            prepared.withLock { $0 = build }
            return build
        }

        func take() -> PreparedBuild? {
            prepared.withLock { prepared in
                defer { prepared = nil }
                return prepared
            }
        }
    }

    /// A prepared project.
    struct PreparedBuild: Sendable {
        let project: any ProjectType
        /// The workspace, if later builds reuse it.
        let workspace: LentWorkspace?
        let directory: ByteString
        let environment: JobEnvironment

        /// Releases the project's resources.
        func release() async {
            await project.teardown()
            workspace?.giveBack()
        }
    }

    private func recordingSetup<Value>(of build: BuildID, _ body: () async throws -> Value) async throws -> Value {
        let data: [String: JSONValue] = ["build_id": .integer(build), "slave_id": .integer(await slave())]
        events.record(.buildSetupStart, data)
        var isSuccess = false
        defer { events.record(.buildSetupFinish, data.merging(["is_success": .bool(isSuccess)]) { $1 }) }
        let value = try await body()
        isSuccess = true
        return value
    }

    private func reportSetup(of session: BuildSession, failure: String?) async throws {
        try await requests.perform { slave in
            let commands = session.commands.all(at: parts.timekeeper.now.uptime)
            let report = SetupReport(build: session.setup.build, failure: failure, commands: commands)
            try await parts.client.report(report, slave: slave)
        }
        session.commands.clear()
    }

    private func reportFailure(of session: BuildSession, _ error: any Error) async {
        let reason = (error as? ClusterRunnerError)?.message ?? String(describing: error)
        logger.warning("Build \(session.setup.build) failed on this slave: \(reason)")
        if !session.hold.isSetUp, !session.commands.contains(.setup) {
            let run = CommandRun(kind: .setup, command: "", exitCode: nil, output: reason, seconds: 0)
            session.commands.add(run, begin: parts.timekeeper.now.uptime)
        }
        do {
            try await reportSetup(of: session, failure: reason)
        } catch {
            logger.error("The master could not be told: \(error)")
        }
    }

    /// Requests to the master that are repeated until it answers.
    var requests: PatientRequests {
        PatientRequests(slave: slave, patience: patience, timekeeper: parts.timekeeper, logger: logger)
    }
}
