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
extension BuildSession {
    /// Runs the teardown, even after a cancellation, and removes the build's files.
    func tearDown(_ prepared: PreparedBuild?) async {
        let build = setup.build
        if let prepared { await clearAway(prepared) }
        machine.folders.trash.discard(machine.folders.build(build))
        // As soon as the master knows, it may give the slave the same build again.
        end()
        do {
            try await requests.perform { slave in
                let commands = commands.all(at: machine.parts.timekeeper.now.uptime)
                try await machine.parts.client.report(TeardownReport(build: build, commands: commands), slave: slave)
            }
        } catch {
            machine.logger.warning("The master could not be told that build \(build) is torn down: \(error)")
        }
    }

    /// Runs `teardown_build`, if the job has one, and releases the project.
    func clearAway(_ prepared: PreparedBuild) async {
        let data: [String: JSONValue] = [
            "build_id": .integer(setup.build), "slave_id": .integer(await requests.slave()),
        ]
        machine.events.record(.buildTeardownStart, data)
        await runTeardown(prepared)
        await prepared.release()
        machine.events.record(.buildTeardownFinish, data)
    }

    private func runTeardown(_ prepared: PreparedBuild) async {
        guard let script = setup.job.teardown else { return }
        let build = setup.build
        let own = setup.job.teardownTimeout.map { Duration.seconds($0) }
        let limit = beginTeardown(limit: own ?? machine.settings.teardownTimeout)
        do {
            let (outcome, output) = try await teardownSwitch.run { [self] in
                try await runOnce(script, .teardown, prepared, limit: limit)
            }
            guard !outcome.isSuccess else { return }
            machine.logger.warning("teardown_build of build \(build) ended with \(outcome.exitCode): \(output)")
        } catch is CancellationError {
            machine.logger.warning("teardown_build of build \(build) was canceled.")
        } catch {
            machine.logger.warning("teardown_build of build \(build) could not be run: \(error)")
        }
    }
}
