package import ClusterRunnerConcurrency
package import ClusterRunnerPlugin

/// The means of a machine to run project programs.
package struct ProgramMachine: Sendable {
    /// Runs their processes, as the service's own user.
    let runner: any CommandRunner
    /// Their environment, without the configuration of the service.
    let environment: [ByteString: ByteString]
    /// An existing directory for pipes and requests.
    let scratch: String
    let timekeeper: Timekeeper

    /// Creates the means.
    package init(
        runner: any CommandRunner,
        environment: [ByteString: ByteString],
        scratch: String,
        timekeeper: Timekeeper
    ) {
        self.runner = runner
        self.environment = environment
        self.scratch = scratch
        self.timekeeper = timekeeper
    }
}
