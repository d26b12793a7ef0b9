import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Logging

/// The phases of a session: fetches the project, runs set-up, atoms and teardown, and reports.
extension BuildSession {
    /// Runs the session to its end; the slave is idle again when it returns.
    func run() async {
        let build = setup.build
        let shelf = PreparedBuild.Shelf()
        do {
            let ready = try await recordingSetup {
                let ready = try await killSwitch.run { [self] in
                    try checkContainerEngine()
                    return try await shelf.keep(prepare())
                }
                try await killSwitch.run { [self] in try await runSetup(ready) }
                return ready
            }
            isSetUp()
            try await reportSetup(failure: nil)
            try await killSwitch.run { [self] in try await work(ready) }
        } catch is CancellationError {
            machine.logger.info("Build \(build) was canceled on this slave.")
        } catch {
            // The teardown is reported together with a failed set-up.
            if !hold.isSetUp, let ready = shelf.take() { await clearAway(ready) }
            await reportFailure(error)
        }
        await tearDown(shelf.take())
    }

    private func recordingSetup<Value>(_ body: () async throws -> Value) async throws -> Value {
        let data: [String: JSONValue] = [
            "build_id": .integer(setup.build), "slave_id": .integer(await requests.slave()),
        ]
        machine.events.record(.buildSetupStart, data)
        var isSuccess = false
        defer { machine.events.record(.buildSetupFinish, data.merging(["is_success": .bool(isSuccess)]) { $1 }) }
        let value = try await body()
        isSuccess = true
        return value
    }

    private func reportSetup(failure: String?) async throws {
        try await requests.perform { slave in
            let commands = commands.all(at: machine.parts.timekeeper.now.uptime)
            let report = SetupReport(build: setup.build, failure: failure, commands: commands)
            try await machine.parts.client.report(report, slave: slave)
        }
        commands.clear()
    }

    private func reportFailure(_ error: any Error) async {
        let reason = (error as? ClusterRunnerError)?.message ?? String(describing: error)
        // The master keeps the whole of it with the build.
        let summary = reason.split(separator: "\n").first.map(String.init) ?? reason
        machine.logger.warning("Build \(setup.build) failed on this slave: \(summary)")
        if !hold.isSetUp, !commands.contains(.setup) {
            let run = CommandRun(kind: .setup, command: "", exitCode: nil, output: reason, seconds: 0)
            commands.add(run, begin: machine.parts.timekeeper.now.uptime)
        }
        do {
            try await reportSetup(failure: reason)
        } catch {
            machine.logger.error("The master could not be told: \(error)")
        }
    }
}
