import ClusterRunnerContainers
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// The containers of atomizers.
extension BuildPreparer {
    /// Returns the runner of a job's atomizers; for a job with a container it fetches the image.
    func atomizerRunner(
        of job: Job,
        _ build: BuildID,
        _ directory: ByteString,
        workspace: String
    ) async throws -> any CommandRunner {
        guard let container = job.container else { return parts.runner }
        let runner = try ContainerRunner(
            job: job,
            container: container,
            // Other users cannot enter the folder of what project types keep, and get a copy of it.
            mounts: ContainerMount.ofBuild(
                directory,
                workspace: workspace,
                storage: folders.jobUser == nil ? folders.projects : nil
            ),
            machine: settings.inheritedEnvironment,
            scratch: "\(folders.workspace(of: build)).container",
            jobUser: folders.jobUser,
            runner: parts.runner
        )
        let output = folders.imageOutput(of: build)
        try await transcript(of: build, .image, runner.pullDescription, path: output).during {
            try await runner.prepareImage(output: output, timeout: settings.atomizers.timeout)
        }
        return runner
    }
}
