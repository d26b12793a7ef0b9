package import ClusterRunnerJobFile

/// An atom that runs now, for people who watch its build.
package struct AtomInProgress: Sendable, Equatable {
    /// The subjob.
    package let subjob: SubjobID
    /// The number of the atom in its subjob.
    package let id: AtomIndex
    /// The atom.
    package let atom: Atom
    /// The slave that runs it.
    package let slave: SlaveID
    /// The name of the slave, with its number if others have the same name; nil without a name.
    package let slaveName: String?
    /// The seconds since it began.
    package let seconds: Double
    /// The seconds that it should take by its history; nil without one.
    package let expected: Double?

    /// The maximum number of atoms listed for a build.
    package static let limit = 10

    /// Creates a description.
    package init(
        subjob: SubjobID,
        id: AtomIndex,
        atom: Atom,
        slave: SlaveID,
        slaveName: String?,
        seconds: Double,
        expected: Double?
    ) {
        self.subjob = subjob
        self.id = id
        self.atom = atom
        self.slave = slave
        self.slaveName = slaveName
        self.seconds = seconds
        self.expected = expected
    }
}
