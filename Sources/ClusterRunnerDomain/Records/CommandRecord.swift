/// The stored run of a command of a build that is not an atom.
package struct CommandRecord: Sendable, Equatable {
    /// The command and its outcome.
    package let run: CommandRun
    /// The slave that ran it; nil for the master.
    package let slaveID: SlaveID?
    /// That slave's `host:port`.
    package let slaveURL: String?
    /// The time of its start, in seconds since 1970 by the master's clock.
    package let startedAt: Double

    /// Creates a record.
    package init(run: CommandRun, slaveID: SlaveID? = nil, slaveURL: String? = nil, startedAt: Double) {
        self.run = run
        self.slaveID = slaveID
        self.slaveURL = slaveURL
        self.startedAt = startedAt
    }
}
