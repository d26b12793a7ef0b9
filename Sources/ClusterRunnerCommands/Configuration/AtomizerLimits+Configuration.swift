import ClusterRunnerMaster

extension AtomizerLimits {
    /// The limits that a configuration sets.
    init(_ configuration: MasterConfiguration) {
        self.init(timeout: configuration.atomizerTimeout, outputBytes: configuration.maxAtomizerOutputMB << 20)
    }
}
