/// A failure of a slave that counts against a build's budget: of a set-up, or to run atoms at all.
package struct SlaveFailure: Sendable, Equatable {
    /// The slave.
    package let slave: SlaveID
    /// The slave's `host:port`.
    package let url: String
    /// The reason, with the output of the failed command.
    package let reason: String
    /// The stage of the failure; each stage has a budget of its own.
    package let stage: Stage

    /// A stage of a slave's service for a build.
    package enum Stage: String, Sendable, CaseIterable {
        /// The set-up of the build.
        case setup
        /// The run of atoms.
        case run
    }

    /// Creates a failure.
    package init(slave: SlaveID, url: String, reason: String, stage: Stage = .setup) {
        self.slave = slave
        self.url = url
        self.reason = reason
        self.stage = stage
    }
}
