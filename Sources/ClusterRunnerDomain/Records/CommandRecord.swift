/// What is kept of a command of a build that is no atom.
package struct CommandRecord: Sendable, Equatable {
    /// What it is, and what came of it.
    package let run: CommandRun
    /// The slave that ran it; nil is the master.
    package let slaveID: Int?
    /// That slave's `host:port`.
    package let slaveURL: String?
    /// When it began, in seconds since 1970 by the master's clock.
    package let startedAt: Double

    /// Creates a record.
    package init(run: CommandRun, slaveID: Int? = nil, slaveURL: String? = nil, startedAt: Double) {
        self.run = run
        self.slaveID = slaveID
        self.slaveURL = slaveURL
        self.startedAt = startedAt
    }
}
