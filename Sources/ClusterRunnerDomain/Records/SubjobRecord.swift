/// The stored state of a subjob: a group of atoms that one executor runs in order.
package struct SubjobRecord: Sendable, Equatable {
    /// The build it belongs to.
    package let buildID: BuildID
    /// Its number in the build, from 0.
    package let id: SubjobID
    /// Number of its atoms.
    package let atomCount: Int
    /// Its state.
    package var state: SubjobState
    /// The slave that holds or finished it; with several, that of the newest lease.
    package var slaveID: SlaveID?
    /// That slave's `host:port`.
    package var slaveURL: String?
    /// The number of its newest lease; lease numbers grow across restarts of the master.
    package var lease: LeaseID?
    /// Number of its attempts; leases that split the atoms of one attempt do not count.
    package var attempts: Int
    /// Its leases that are not fully reported, with the atoms of each; empty when ``lease`` is the only one and has all
    /// atoms without a final result.
    package var parts: [LeaseAtoms]
    /// The `host:port` of each slave that was lost while it held the subjob, oldest first.
    package var lostSlaves: [String]

    /// Creates a record.
    package init(
        buildID: BuildID,
        id: SubjobID,
        atomCount: Int,
        state: SubjobState = .queued,
        slaveID: SlaveID? = nil,
        slaveURL: String? = nil,
        lease: LeaseID? = nil,
        attempts: Int = 0,
        parts: [LeaseAtoms] = [],
        lostSlaves: [String] = []
    ) {
        self.buildID = buildID
        self.id = id
        self.atomCount = atomCount
        self.state = state
        self.slaveID = slaveID
        self.slaveURL = slaveURL
        self.lease = lease
        self.attempts = attempts
        self.parts = parts
        self.lostSlaves = lostSlaves
    }
}
