import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Logging

/// The set-up of a session.
extension BuildSession {
    /// Fetches the project and what belongs to it.
    func prepare() async throws -> PreparedBuild {
        let project = try makeProject()
        let workspace = type(of: project).reusesWorkspaces ? try machine.folders.kept.take(for: project) : nil
        let directory: ByteString
        do {
            try machine.folders.createBuild(setup.build)
            let place = workspace?.directory ?? machine.folders.workspace(of: setup.build)
            try machine.folders.create(place)
            directory = try await project.fetch(into: place).directory
            if workspace == nil { try machine.folders.jobUser?.takeTree(place) }
            try await RemoteFile.download(
                setup.remoteFiles,
                into: directory,
                as: machine.folders.jobUser,
                scratch: machine.folders.arrival(of: setup.build),
                with: machine.parts.downloader
            )
        } catch {
            await project.teardown()
            workspace?.giveBack()
            throw error
        }
        let environment = JobEnvironment(
            inherited: machine.settings.inheritedEnvironment,
            job: setup.job,
            build: setup.build,
            projectDirectory: directory,
            masterURL: machine.parts.client.address.description
        )
        return PreparedBuild(
            project: project,
            workspace: workspace,
            directory: directory,
            environment: environment
        )
    }

    private func makeProject() throws -> any ProjectType {
        let context = ProjectContext(
            storageDirectory: machine.folders.projects,
            role: .slave(master: machine.parts.client.projectSource(build: setup.build)),
            git: machine.settings.git,
            getProjectFromMaster: machine.settings.getProjectFromMaster,
            jobUser: machine.settings.jobUser,
            logger: machine.logger
        )
        return try machine.parts.projectTypes.makeProject(
            type: setup.projectType,
            parameters: setup.parameters,
            context: context
        )
    }

    /// Runs `setup_build`, if the job has one.
    func runSetup(_ prepared: PreparedBuild) async throws {
        guard let script = setup.job.setup else { return }
        let limit = setup.job.setupTimeout.map { .seconds($0) } ?? machine.settings.setupTimeout
        let (outcome, output) = try await runOnce(script, .setup, prepared, limit: limit)
        try Task.checkCancellation()
        guard !outcome.isSuccess else { return }
        let fault =
            outcome.end == .timedOut
            ? "ran longer than \(Self.text(limit)), its setup_timeout, and was ended"
            : "failed with exit code \(outcome.exitCode)"
        let lines = CommandList.lines(ofEntries: script).joined(separator: "\n")
        throw ClusterRunnerError(.failed, "setup_build \(fault). Command: \(lines)\nOutput: \(output)")
    }
}
