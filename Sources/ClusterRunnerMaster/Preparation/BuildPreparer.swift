import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import Foundation
import Logging

/// Prepares builds: fetches the project, reads the job, and lists the atoms.
struct BuildPreparer: Sendable {
    let settings: MasterSettings
    let parts: MasterParts
    let folders: MasterFolders
    let projects: PreparedProjects
    let syntax: SyntaxCheck
    let turns: KeyedQueue
    let liveCommands: LiveCommands
    let consoleSignal: EventSignal
    /// Follows the commands that it ran.
    let changes: any ChangeFollower
    /// The master's URL, once it listens.
    let masterURL: @Sendable () async -> String
    let logger: Logger

    /// Prepares a build for a cluster with a number of executors.
    ///
    /// `mayStart` is asked when it is the project's turn; if it returns false, the result is nil.
    func prepare(
        _ record: BuildRecord,
        executors: Int,
        mayStart: @Sendable () async throws -> Bool
    ) async throws -> BuildPlan? {
        let type = try await parts.projectTypes.type(named: record.projectType)
        let project = try await makeProject(of: type, for: record)
        projects.put(project, build: record.id)
        let outcome = try await turns.run(project.projectID) { () -> (FetchedProject, workspace: String)? in
            guard try await mayStart() else { return nil }
            let place = try workspace(for: project, of: type, build: record.id)
            let fetched = try await transcript(of: record).during { try await project.fetch(into: place) }
            if !type.reusesWorkspaces { try folders.jobUser?.takeTree(place) }
            return (fetched, place)
        }
        guard let (fetched, workspace) = outcome else { return nil }
        try await RemoteFile.download(
            record.parameters.remoteFiles,
            into: fetched.directory,
            as: folders.jobUser,
            scratch: "\(folders.workspace(of: record.id)).remote-file",
            with: parts.downloader
        )
        await ProgramStarts.settle(parts.timekeeper)
        let choice = try AtomChoice(record.parameters)
        let (file, jobOfFile) = try await readJob(of: record, in: fetched.directory)
        let job = choice.overrides.apply(to: jobOfFile)
        let syntaxOutput = "\(folders.workspace(of: record.id)).syntax"
        try await syntax.check(file.entries(of: job), file: file.file, output: syntaxOutput)
        let listed = try await listAtoms(of: job, record, project, in: fetched.directory, workspace: workspace)
        let atoms = try await choice.choose(from: listed, of: job.name) {
            let name = JobName(project: project.projectID, job: job.name)
            return try await EarlierFailures(of: name, in: parts.store)
        }
        let history = try await parts.store.timings(
            of: atoms,
            projectID: project.projectID,
            jobName: job.name,
            limit: 10
        )
        return BuildPlan(
            projectID: project.projectID,
            job: job,
            slaveParameters: fetched.slaveParameters,
            subjobs: AtomGrouping.subjobs(
                atoms: atoms,
                history: history,
                executors: max(1, executors),
                isBatch: job.batch
            ),
            notes: fetched.notes
        )
    }

    private func transcript(of record: BuildRecord) -> FetchTranscript {
        let command = "fetch of a \(record.projectType) project"
        return transcript(of: record.id, .fetch, command, path: folders.fetchOutput(of: record.id))
    }

    /// Makes the transcript of a fetch.
    func transcript(of build: BuildID, _ kind: CommandRun.Kind, _ command: String, path: String) -> FetchTranscript {
        FetchTranscript(
            path: path,
            build: build,
            kind: kind,
            command: command,
            commands: liveCommands,
            store: { keep([$0], of: build) },
            timekeeper: parts.timekeeper,
            wake: { [consoleSignal] in consoleSignal.send() }
        )
    }

    /// Creates a workspace for a build, or lends it one that earlier builds of the project used.
    private func workspace(
        for project: any ProjectType,
        of type: RegisteredProjectType,
        build: BuildID
    ) throws -> String {
        guard type.reusesWorkspaces else { return try folders.createWorkspace(of: build) }
        let workspace = try folders.kept.take(for: project, of: type)
        projects.put(workspace, build: build)
        return workspace.directory
    }

    /// Restores the project of a build that was fetched before a restart of the master.
    func restore(_ record: BuildRecord) async throws {
        let type = try await parts.projectTypes.type(named: record.projectType)
        let project = try await makeProject(of: type, for: record)
        projects.put(project, build: record.id)
        if let parameters = record.slaveParameters { try await project.resume(with: parameters) }
        projects.isReady(build: record.id)
    }

    /// The longest wait for a file system, which may be a remote one that does not answer.
    private static let fileSystemLimit = Duration.seconds(60)

    private func makeProject(
        of type: RegisteredProjectType,
        for record: BuildRecord
    ) async throws -> any ProjectType {
        let context = ProjectContext(
            storageDirectory: folders.projects,
            role: .master,
            git: settings.git,
            getProjectFromMaster: settings.getProjectFromMaster,
            jobUser: settings.jobUser,
            workspace: type.reusesWorkspaces ? nil : folders.workspace(of: record.id),
            transcript: transcript(of: record).path,
            archives: MachineArchives(downloader: parts.downloader, archiver: parts.archiver),
            logger: logger
        )
        guard let initializer = type.initializer else {
            return try await type.makeProject(record.parameters, context: context)
        }
        let error = ClusterRunnerError(.failed, "The file system of the project did not answer within 60 s.")
        return try await blocking(within: Self.fileSystemLimit, orThrow: error) { _ in
            try initializer(record.parameters, context)
        }
    }

    private func readJob(of record: BuildRecord, in directory: ByteString) async throws -> (JobFile, Job) {
        if let config = record.parameters.values["config"] {
            return try JobFile.inlineFile(config, jobName: record.parameters.jobName)
        }
        let error = ClusterRunnerError(.failed, "The job file in \"\(directory)\" could not be read within 60 s.")
        return try await blocking(within: Self.fileSystemLimit, orThrow: error) { [jobUser = folders.jobUser] _ in
            // A link in the project may lead to a file that only the service can read, and errors quote what they find.
            let file = try jobUser.act { try JobFile.load(directory: directory) }
            return (file, try file.job(named: record.parameters.jobName))
        }
    }

    private func listAtoms(
        of job: Job,
        _ record: BuildRecord,
        _ project: any ProjectType,
        in directory: ByteString,
        workspace: String
    ) async throws -> [Atom] {
        if let overrides = record.parameters.atomsOverride { return try atoms(overrides: overrides) }
        let environment = JobEnvironment(
            inherited: settings.inheritedEnvironment,
            job: job,
            build: record.id,
            projectDirectory: directory,
            masterURL: await masterURL()
        )
        let runner = try await atomizerRunner(of: job, record.id, directory, workspace: workspace)
        let run = AtomizerRun(
            directory: directory,
            outputDirectory: "\(folders.workspace(of: record.id)).atomizer",
            environment: environment.ofBuild,
            project: project,
            runner: runner,
            timekeeper: parts.timekeeper,
            limits: settings.atomizers
        ) { keep($0, of: record.id) }
        defer { folders.trash.discard(run.outputDirectory) }
        try folders.create(run.outputDirectory)
        return try await run.atoms(of: job)
    }

    /// Stores commands; they are in the store before the state that follows from them, so no wait is needed.
    func keep(_ records: [CommandRecord], of build: BuildID) {
        let change = StoreChange.commands(build: build, records)
        _ = parts.store.enqueue([change])
        changes.stored([], [change])
    }

    private func atoms(overrides: [String]) throws -> [Atom] {
        guard !overrides.isEmpty else {
            throw ClusterRunnerError(.failed, "\"atoms_override\" is empty, so the build has no atoms.")
        }
        return try Atom.parse(overrides: overrides)
    }
}
