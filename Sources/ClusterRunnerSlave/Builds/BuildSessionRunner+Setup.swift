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
        let type = try await parts.projectTypes.type(named: setup.projectType)
        let project = try await makeProject(of: type, setup)
        let workspace = type.reusesWorkspaces ? try folders.kept.take(for: project, of: type) : nil
        let directory: ByteString
        do {
            try folders.createBuild(setup.build)
            let place = workspace?.directory ?? folders.workspace(of: setup.build)
            try folders.create(place)
            directory = try await fetch(project, into: place, session)
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

    /// Fetches the project, and shows the output of its programs while it grows.
    private func fetch(_ project: any ProjectType, into place: String, _ session: BuildSession) async throws -> ByteString {
        let setup = session.setup
        let path = folders.output(of: setup.build, command: CommandRun.Kind.fetch.rawValue)
        let begin = parts.timekeeper.now.uptime
        let feed = CommandFeed(
            build: setup.build,
            kind: .fetch,
            command: "fetch of a \(setup.projectType) project",
            path: path,
            begin: begin,
            client: parts.client,
            timekeeper: parts.timekeeper,
            cap: OutputCap(limit: settings.maxConsoleBytes, executors: 1),
            slave: slave,
            logger: logger
        )
        let result = await feed.outcome(of: { try await project.fetch(into: place).directory })
        if let output = try? RegularFile(path).end(CommandRun.outputLimit), !output.isEmpty {
            let run = CommandRun(
                kind: .fetch,
                command: feed.command,
                exitCode: (try? result.get()) == nil ? nil : 0,
                output: CommandRun.text(of: output),
                seconds: (parts.timekeeper.now.uptime - begin).inMilliseconds
            )
            session.commands.add(run, begin: begin)
        }
        return try result.get()
    }

    private func makeProject(of type: RegisteredProjectType, _ setup: BuildSetup) async throws -> any ProjectType {
        let context = ProjectContext(
            storageDirectory: folders.projects,
            role: .slave(master: parts.client.projectSource(build: setup.build)),
            git: settings.git,
            getProjectFromMaster: settings.getProjectFromMaster,
            jobUser: settings.jobUser,
            transcript: folders.output(of: setup.build, command: CommandRun.Kind.fetch.rawValue),
            logger: logger
        )
        return try await type.makeProject(setup.parameters, context: context)
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
