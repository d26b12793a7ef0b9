/// What is kept of a subjob: a group of atoms that one executor runs in order.
public struct SubjobRecord: Sendable, Equatable {
    /// The build it belongs to.
    public let buildID: Int
    /// Its number in the build, from 0.
    public let id: Int
    /// How many atoms it has.
    public let atomCount: Int
    /// Where it stands.
    public var state: SubjobState
    /// The slave that holds or finished it; of several, the one of the newest hand-out.
    public var slaveID: Int?
    /// That slave's `host:port`.
    public var slaveURL: String?
    /// The number of its newest hand-out; grows with every hand-out of the master, over restarts too.
    public var lease: Int?
    /// How often it was handed out, whatever the number of hand-outs that its atoms were then spread over.
    public var attempts: Int
    /// Its hand-outs that are not reported in full, with the atoms that each of them has; empty when ``lease`` is the only
    /// one and has all atoms without a final result.
    public var parts: [HandOutPart]
    /// The `host:port` of each slave that was lost while it held the subjob, oldest first.
    public var lostSlaves: [String]

    /// Creates a record.
    public init(
        buildID: Int,
        id: Int,
        atomCount: Int,
        state: SubjobState = .queued,
        slaveID: Int? = nil,
        slaveURL: String? = nil,
        lease: Int? = nil,
        attempts: Int = 0,
        parts: [HandOutPart] = [],
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
