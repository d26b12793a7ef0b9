import ClusterRunnerMaster

extension AtomizerLimits {
    /// Creates the limits of a configuration.
    init(_ configuration: MasterConfiguration) {
        self.init(timeout: configuration.atomizerTimeout, outputBytes: configuration.maxAtomizerOutputMB << 20)
    }
}
