import ClusterRunnerDomain

/// The slaves by number, with indexes of the available and the connected ones.
struct SlaveTable: Sendable {
    private var slaves: [SlaveID: SlaveStateMachine] = [:]
    /// The slaves that can get a build, unless in quarantine.
    private(set) var available: Set<SlaveID> = []
    /// The slaves with an open instruction stream.
    private(set) var connected: Set<SlaveID> = []

    /// The slave of that number.
    subscript(slave: SlaveID) -> SlaveStateMachine? {
        get { slaves[slave] }
        set {
            slaves[slave] = newValue
            if newValue?.isAvailable == true { available.insert(slave) } else { available.remove(slave) }
            if newValue?.isConnected == true { connected.insert(slave) } else { connected.remove(slave) }
        }
    }

    /// All slaves.
    var values: Dictionary<SlaveID, SlaveStateMachine>.Values { slaves.values }
}
