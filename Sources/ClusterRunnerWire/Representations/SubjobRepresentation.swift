package import ClusterRunnerDomain

/// A subjob, as answers show it.
package struct SubjobRepresentation: Codable, Sendable, Equatable {
    /// The subjob's number.
    package let id: SubjobID
    /// The job's commands.
    package let command: String
    /// The atoms.
    package let atoms: [AtomRepresentation]
    /// The address of the slave that has or had it.
    package let slave: String?
    /// The number of that slave.
    package let slaveID: SlaveID?
    /// The state.
    package let state: SubjobState
    /// The number of times that it was handed out.
    package let attempts: Int
    /// The addresses of slaves that were lost while they had it.
    package let lostSlaves: [String]

    private enum CodingKeys: String, CodingKey {
        case atoms
        case attempts = "attempt"
        case command, id
        case lostSlaves = "lost_slaves"
        case slave
        case slaveID = "slave_id"
        case state
    }

    /// Shows a subjob; `command` is the job's.
    package init(_ record: SubjobRecord, atoms: [AtomRecord], command: String) {
        id = record.id
        self.command = command
        self.atoms = atoms.map { AtomRepresentation($0, in: record) }
        slave = record.slaveURL
        slaveID = record.slaveID
        state = record.state
        attempts = record.attempts
        lostSlaves = record.lostSlaves
    }
}
