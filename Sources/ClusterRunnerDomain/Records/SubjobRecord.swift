/// What is kept of a subjob: a group of atoms that one executor runs in order.
package struct SubjobRecord: Sendable, Equatable {
    /// The build it belongs to.
    package let buildID: Int
    /// Its number in the build, from 0.
    package let id: Int
    /// How many atoms it has.
    package let atomCount: Int
    /// Where it stands.
    package var state: SubjobState
    /// The slave that holds or finished it; of several, the one of the newest lease.
    package var slaveID: Int?
    /// That slave's `host:port`.
    package var slaveURL: String?
    /// The number of its newest lease; grows with every lease of the master, over restarts too.
    package var lease: LeaseID?
    /// How often it was handed out, whatever the number of leases that its atoms were then spread over.
    package var attempts: Int
    /// Its leases that are not reported in full, with the atoms that each of them has; empty when ``lease`` is the only
    /// one and has all atoms without a final result.
    package var parts: [LeaseAtoms]
    /// The `host:port` of each slave that was lost while it held the subjob, oldest first.
    package var lostSlaves: [String]

    /// Creates a record.
    package init(
        buildID: Int,
        id: Int,
        atomCount: Int,
        state: SubjobState = .queued,
        slaveID: Int? = nil,
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
