/// A failure of a slave that costs a build's budget: of a set-up, or to run atoms at all.
public struct SlaveFailure: Sendable, Equatable {
    /// The slave's number.
    public let slave: Int
    /// The slave's `host:port`.
    public let url: String
    /// Why it failed, with the output of what failed.
    public let reason: String
    /// During what it failed; each has a budget of its own.
    public let stage: Stage

    /// A part of a slave's service for a build.
    public enum Stage: String, Sendable, CaseIterable {
        /// The set-up of the build.
        case setup
        /// The run of atoms.
        case run
    }

    /// Creates a failure.
    public init(slave: Int, url: String, reason: String, stage: Stage = .setup) {
        self.slave = slave
        self.url = url
        self.reason = reason
        self.stage = stage
    }
}
