import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerContainers
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
        let type = try await machine.parts.projectTypes.type(named: setup.projectType)
        let project = try await makeProject(of: type)
        let workspace = type.reusesWorkspaces ? try machine.folders.kept.take(for: project, of: type) : nil
        let directory: ByteString
        let container: ContainerRunner?
        do {
            try machine.folders.createBuild(setup.build)
            let place = workspace?.directory ?? machine.folders.workspace(of: setup.build)
            try machine.folders.create(place)
            directory = try await fetch(project, into: place)
            if workspace == nil { try machine.folders.jobUser?.takeTree(place) }
            try await RemoteFile.download(
                setup.remoteFiles,
                into: directory,
                as: machine.folders.jobUser,
                scratch: machine.folders.arrival(of: setup.build),
                with: machine.parts.downloader
            )
            await ProgramStarts.settle(machine.parts.timekeeper)
            container = try makeContainer(directory, workspace: place)
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
            masterURL: machine.parts.client.address.description,
            trace: setup.trace
        )
        return PreparedBuild(
            project: project,
            workspace: workspace,
            directory: directory,
            environment: environment,
            container: container
        )
    }

    /// The path of the output of the programs that fetch the project.
    private var fetchOutput: String {
        machine.folders.output(of: setup.build, command: CommandRun.Kind.fetch.rawValue)
    }

    /// Fetches the project, and shows the output of its programs while it grows.
    private func fetch(_ project: any ProjectType, into place: String) async throws -> ByteString {
        try await noting(.fetch, "fetch of a \(setup.projectType) project", to: fetchOutput) {
            try await project.fetch(into: place).directory
        }
    }

    /// Runs a fetch that may print to a file, shows the output while it grows, and notes it.
    func noting<Success: Sendable>(
        _ kind: CommandRun.Kind,
        _ command: String,
        to path: String,
        _ fetch: @escaping @Sendable () async throws -> Success
    ) async throws -> Success {
        let begin = machine.parts.timekeeper.now.uptime
        let result = await feed(command, kind, to: path, since: begin).outcome(fetch)
        if let output = try? RegularFile(path).end(CommandRun.outputLimit), !output.isEmpty {
            let run = CommandRun(
                kind: kind,
                command: command,
                exitCode: (try? result.get()) == nil ? nil : 0,
                output: CommandRun.text(of: output),
                seconds: (machine.parts.timekeeper.now.uptime - begin).inMilliseconds
            )
            commands.add(run, begin: begin)
        }
        return try result.get()
    }

    private func makeProject(of type: RegisteredProjectType) async throws -> any ProjectType {
        let context = ProjectContext(
            storageDirectory: machine.folders.projects,
            role: .slave(master: machine.parts.client.projectSource(build: setup.build)),
            git: machine.settings.git,
            getProjectFromMaster: machine.settings.getProjectFromMaster,
            jobUser: machine.settings.jobUser,
            transcript: fetchOutput,
            archives: MachineArchives(downloader: machine.parts.downloader, archiver: machine.parts.archiver),
            logger: machine.logger
        )
        return try await type.makeProject(setup.parameters, context: context)
    }

    /// The time limit of the set-up.
    var setupLimit: Duration { setup.job.setupTimeout.map { .seconds($0) } ?? machine.settings.setupTimeout }

    /// Fetches the image of the job's container and runs `setup_build`, if the job has them.
    func runSetup(_ prepared: PreparedBuild) async throws {
        try await prepareImage(prepared)
        guard let script = setup.job.setup else { return }
        let limit = setupLimit
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
