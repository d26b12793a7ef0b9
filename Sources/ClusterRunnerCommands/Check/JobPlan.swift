import ClusterRunnerConcurrency
import ClusterRunnerContainers
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerMaster
import ClusterRunnerPlugin
import Foundation
import Logging

/// The plan of a job, from its atomizers and the history of earlier builds.
struct JobPlan: Sendable {
    let composition: Composition
    let configuration: GeneralConfiguration
    /// The fields of the request of a build.
    let request: [String: JSONValue]
    /// The executors to plan for, if the job allows as many.
    let executors: Int
    /// The limits of atomizers.
    let limits: AtomizerLimits
    let logger: Logger

    /// The fields of a request for the project in a directory, which is absolute.
    static func request(ofDirectory directory: ByteString) -> [String: JSONValue] {
        ["type": "directory", "project_directory": directory.json]
    }

    /// Makes the outlook on a build of the job that `readJob` finds in the project's folder.
    func outlook(readJob: (_ folder: ByteString) throws -> Job) async throws -> JobOutlook {
        let (type, parameters) = try await composition.projectTypes.validate(request)
        let choice = try AtomChoice(parameters)
        let project = try await makeProject(of: type, parameters)
        let work: (job: Job, atoms: [Atom])
        do {
            work = try await list(of: project, parameters, readJob)
        } catch {
            await project.teardown()
            throw error
        }
        await project.teardown()
        let (job, listed) = work
        let history = LocalHistory(baseDirectory: configuration.baseDirectory, makeStore: composition.makeStore)
        let name = JobName(project: project.projectID, job: job.name)
        let atoms = try await choice.choose(from: listed, of: job.name) { try await history.failures(of: name) }
        let findings = try await history.findings(of: atoms, name)
        let limit = [job.maxExecutors, job.maxExecutorsPerSlave].compactMap(\.self).min() ?? executors
        return JobOutlook(
            atoms: atoms,
            timings: findings.timings,
            forecast: BuildForecast(atoms: atoms, history: findings.timings, executors: min(executors, limit)),
            warning: parameters.isPartial ? nil : findings.lastBuild?.warning(of: listed.count)
        )
    }

    private func makeProject(
        of type: RegisteredProjectType,
        _ parameters: ProjectParameters
    ) async throws -> any ProjectType {
        let context = ProjectContext(
            storageDirectory: "\(configuration.baseDirectory)/check",
            role: .master,
            git: configuration.git,
            getProjectFromMaster: configuration.getProjectFromMaster,
            logger: logger
        )
        return try await type.makeProject(parameters, context: context)
    }

    /// Checks the syntax of every command in the file with the shell.
    ///
    /// - Throws: ``ClusterRunnerError`` that names the commands that are not complete by themselves.
    func checkSyntax(of file: JobFile) async throws {
        try await withScratch { scratch in
            let check = SyntaxCheck(runner: composition.makeRunner(logger, nil))
            try await check.check(file.entries, file: file.file, output: "\(scratch)/syntax")
        }
    }

    private func withScratch<Value>(_ body: (_ directory: String) async throws -> Value) async throws -> Value {
        let scratch = FileManager.default.temporaryDirectory.appending(
            path: "clusterrunner-check-\(UUID.random().uuidString)"
        )
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { removeTree(scratch.path) }
        return try await body(scratch.path)
    }

    /// Fetches the project, and lists the atoms of its job.
    private func list(
        of project: any ProjectType,
        _ parameters: ProjectParameters,
        _ readJob: (_ folder: ByteString) throws -> Job
    ) async throws -> (Job, [Atom]) {
        try await withScratch { scratch in
            let folder = try await project.fetch(into: scratch).directory
            let job = try readJob(folder)
            if let overrides = parameters.atomsOverride { return (job, try Atom.parse(overrides: overrides)) }
            return (job, try await atoms(of: job, project, in: folder))
        }
    }

    private func atoms(of job: Job, _ project: any ProjectType, in folder: ByteString) async throws -> [Atom] {
        let environment = JobEnvironment(
            inherited: composition.jobEnvironment,
            job: job,
            build: 0,
            projectDirectory: folder,
            masterURL: ""
        )
        return try await withScratch { scratch in
            let runner = try await runner(of: job, in: folder, scratch: scratch)
            let run = AtomizerRun(
                directory: folder,
                outputDirectory: scratch,
                environment: environment.ofBuild,
                project: project,
                runner: runner,
                timekeeper: .system(),
                limits: limits
            )
            return try await run.atoms(of: job)
        }
    }

    /// Returns the runner of a job's atomizers; for a job with a container it fetches the image.
    private func runner(of job: Job, in folder: ByteString, scratch: String) async throws -> any CommandRunner {
        let processes = composition.makeRunner(logger, nil)
        guard let container = job.container else { return processes }
        let runner = try ContainerRunner(
            job: job,
            container: container,
            mounts: [ContainerMount(folder)],
            machine: composition.jobEnvironment,
            scratch: "\(scratch)/container",
            jobUser: nil,
            runner: processes
        )
        try await runner.prepareImage(output: "\(scratch)/image", timeout: limits.timeout)
        return runner
    }
}

/// The outlook on a build.
struct JobOutlook: Sendable {
    /// The atoms that it would run.
    let atoms: [Atom]
    /// The seconds of their last runs, newest first.
    let timings: [Atom: [Double]]
    let forecast: BuildForecast
    /// The warning about a list of atoms that became much shorter.
    let warning: String?
}
