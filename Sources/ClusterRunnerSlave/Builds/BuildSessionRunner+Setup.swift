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
extension BuildSessionRunner {
    /// Fetches the project and what belongs to it.
    func prepare(_ session: BuildSession) async throws -> PreparedBuild {
        let setup = session.setup
        let project = try makeProject(setup)
        let workspace = type(of: project).reusesWorkspaces ? try folders.kept.take(for: project) : nil
        let directory: ByteString
        do {
            try folders.createBuild(setup.build)
            let place = workspace?.directory ?? folders.workspace(of: setup.build)
            try folders.create(place)
            directory = try await project.fetch(into: place).directory
            if workspace == nil { try folders.jobUser?.takeTree(place) }
            try await RemoteFile.download(
                setup.remoteFiles,
                into: directory,
                as: folders.jobUser,
                scratch: folders.arrival(of: setup.build),
                with: parts.downloader
            )
        } catch {
            await project.teardown()
            workspace?.giveBack()
            throw error
        }
        let environment = JobEnvironment(
            inherited: settings.inheritedEnvironment,
            job: setup.job,
            build: setup.build,
            projectDirectory: directory,
            masterURL: parts.client.address.description
        )
        return PreparedBuild(
            project: project,
            workspace: workspace,
            directory: directory,
            environment: environment
        )
    }

    private func makeProject(_ setup: BuildSetup) throws -> any ProjectType {
        let context = ProjectContext(
            storageDirectory: folders.projects,
            role: .slave(master: parts.client.projectSource(build: setup.build)),
            git: settings.git,
            getProjectFromMaster: settings.getProjectFromMaster,
            jobUser: settings.jobUser,
            logger: logger
        )
        return try parts.projectTypes.makeProject(
            type: setup.projectType,
            parameters: setup.parameters,
            context: context
        )
    }

    /// Runs `setup_build`, if the job has one.
    func runSetup(_ session: BuildSession, _ prepared: PreparedBuild) async throws {
        guard let script = session.setup.job.setup else { return }
        let limit = session.setup.job.setupTimeout.map { .seconds($0) } ?? settings.setupTimeout
        let (outcome, output) = try await runOnce(script, .setup, session, prepared, limit: limit)
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
