import ClusterRunnerContainers
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// The containers of a session.
extension BuildSession {
    /// Refuses a job with a container before its project is fetched, if this machine has no container engine.
    func checkContainerEngine() throws {
        guard setup.job.container != nil else { return }
        _ = try ContainerEngine.find(in: machine.settings.inheritedEnvironment)
    }

    /// Makes the runner of the commands in containers, if the job has one.
    func makeContainer(_ directory: ByteString, workspace: String) throws -> ContainerRunner? {
        let folders = machine.folders
        return try setup.job.container.map { container in
            try ContainerRunner(
                job: setup.job,
                container: container,
                // Other users cannot enter the folder of what project types keep, and get a copy of it.
                mounts: ContainerMount.ofBuild(
                    directory,
                    workspace: workspace,
                    storage: folders.jobUser == nil ? folders.projects : nil
                ),
                machine: machine.settings.inheritedEnvironment,
                scratch: "\(folders.build(setup.build))/container",
                jobUser: folders.jobUser,
                runner: machine.parts.runner
            )
        }
    }

    /// Fetches the image, and shows what the engine prints.
    func prepareImage(_ prepared: PreparedBuild) async throws {
        guard let container = prepared.container else { return }
        let output = machine.folders.output(of: setup.build, command: CommandRun.Kind.image.rawValue)
        try await noting(.image, container.pullDescription, to: output) { [limit = setupLimit] in
            try await container.prepareImage(output: output, timeout: limit)
        }
    }
}
