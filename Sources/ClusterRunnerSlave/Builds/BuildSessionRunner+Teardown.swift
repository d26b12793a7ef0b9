import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Logging

/// The end of a session.
extension BuildSessionRunner {
    /// Runs the teardown, even after a cancellation, and removes the build's files.
    func tearDown(_ session: BuildSession, _ prepared: PreparedBuild?) async {
        let build = session.setup.build
        if let prepared { await clearAway(session, prepared) }
        folders.trash.discard(folders.build(build))
        // As soon as the master knows, it may give the slave the same build again.
        session.end()
        do {
            try await requests.perform { slave in
                let commands = session.commands.all(at: parts.timekeeper.now.uptime)
                try await parts.client.report(TeardownReport(build: build, commands: commands), slave: slave)
            }
        } catch {
            logger.warning("The master could not be told that build \(build) is torn down: \(error)")
        }
    }

    /// Runs `teardown_build`, if the job has one, and releases the project.
    func clearAway(_ session: BuildSession, _ prepared: PreparedBuild) async {
        let data: [String: JSONValue] = [
            "build_id": .integer(session.setup.build), "slave_id": .integer(await slave()),
        ]
        events.record(.buildTeardownStart, data)
        await runTeardown(session, prepared)
        await prepared.release()
        events.record(.buildTeardownFinish, data)
    }

    private func runTeardown(_ session: BuildSession, _ prepared: PreparedBuild) async {
        guard let script = session.setup.job.teardown else { return }
        let build = session.setup.build
        let own = session.setup.job.teardownTimeout.map { Duration.seconds($0) }
        let limit = session.beginTeardown(limit: own ?? settings.teardownTimeout)
        do {
            let (outcome, output) = try await session.teardownSwitch.run {
                try await runOnce(script, .teardown, session, prepared, limit: limit)
            }
            guard !outcome.isSuccess else { return }
            logger.warning("teardown_build of build \(build) ended with \(outcome.exitCode): \(output)")
        } catch is CancellationError {
            logger.warning("teardown_build of build \(build) was canceled.")
        } catch {
            logger.warning("teardown_build of build \(build) could not be run: \(error)")
        }
    }
}
