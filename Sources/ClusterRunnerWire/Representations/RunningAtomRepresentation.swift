package import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// An atom that runs now, as answers about its build show it.
package struct RunningAtomRepresentation: Codable, Sendable, Equatable {
    /// The subjob.
    package let subjob: SubjobID
    /// The number of the atom in its subjob.
    package let id: AtomIndex
    /// The variable.
    package let variable: String
    /// The value; an escaped form where its bytes are not UTF-8.
    package let value: String
    /// The slave that runs it.
    package let slaveID: SlaveID
    /// The name of the slave, with its number if others have the same name; nil without a name.
    package let slave: String?
    /// The seconds since it began.
    package let seconds: Double
    /// The seconds that it should take by its history; nil without one.
    package let expected: Double?

    private enum CodingKeys: String, CodingKey {
        case id = "atom_id"
        case expected = "expected_time"
        case seconds, slave
        case slaveID = "slave_id"
        case subjob = "subjob_id"
        case value, variable
    }

    /// Shows an atom.
    package init(_ running: AtomInProgress) {
        subjob = running.subjob
        id = running.id
        variable = running.atom.variable
        value = running.atom.value.escaped
        slaveID = running.slave
        slave = running.slaveName
        seconds = (running.seconds * 10).rounded() / 10
        expected = running.expected
    }
}
