/// A set-up of a build that failed, which costs the build's budget.
public struct SetupFailure: Sendable, Equatable {
    /// The slave's number.
    public let slave: Int
    /// The slave's `host:port`.
    public let url: String
    /// Why it failed, with the output of what failed.
    public let reason: String

    /// Creates a failure.
    public init(slave: Int, url: String, reason: String) {
        self.slave = slave
        self.url = url
        self.reason = reason
    }
}
