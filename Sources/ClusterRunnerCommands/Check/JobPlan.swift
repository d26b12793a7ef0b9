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
    /// The absolute path of the project.
    let directory: ByteString
    /// The executors to plan for, if the job allows as many.
    let executors: Int
    /// The limits of atomizers.
    let limits: AtomizerLimits
    let logger: Logger

    /// Makes the forecast of a job.
    func forecast(of job: Job) async throws -> (forecast: BuildForecast, warning: String?) {
        let project = try await makeProject()
        let atoms: [Atom]
        do {
            atoms = try await self.atoms(of: job, project)
        } catch {
            await project.teardown()
            throw error
        }
        await project.teardown()
        let history = LocalHistory(baseDirectory: configuration.baseDirectory, makeStore: composition.makeStore)
        let findings = try await history.findings(of: atoms, projectID: project.projectID, jobName: job.name)
        let limit = [job.maxExecutors, job.maxExecutorsPerSlave].compactMap(\.self).min() ?? executors
        let forecast = BuildForecast(atoms: atoms, history: findings.timings, executors: min(executors, limit))
        return (forecast, findings.lastBuild?.warning(of: atoms.count))
    }

    private func makeProject() async throws -> any ProjectType {
        let context = ProjectContext(
            storageDirectory: configuration.baseDirectory,
            role: .master,
            git: configuration.git,
            getProjectFromMaster: configuration.getProjectFromMaster,
            logger: logger
        )
        let fields: [String: JSONValue] = ["type": "directory", "project_directory": directory.json]
        let (type, parameters) = try await composition.projectTypes.validate(fields)
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

    private func atoms(of job: Job, _ project: any ProjectType) async throws -> [Atom] {
        let folder = try await withScratch { try await project.fetch(into: $0).directory }
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
