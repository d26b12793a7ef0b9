/// The slaves by number, with indexes of the available and the connected ones.
struct SlaveTable: Sendable {
    private var slaves: [Int: SlaveStateMachine] = [:]
    /// The slaves that can get a build, unless in quarantine.
    private(set) var available: Set<Int> = []
    /// The slaves with an open instruction stream.
    private(set) var connected: Set<Int> = []

    /// The slave of that number.
    subscript(slave: Int) -> SlaveStateMachine? {
        get { slaves[slave] }
        set {
            slaves[slave] = newValue
            if newValue?.isAvailable == true { available.insert(slave) } else { available.remove(slave) }
            if newValue?.isConnected == true { connected.insert(slave) } else { connected.remove(slave) }
        }
    }

    /// All slaves.
    var values: Dictionary<Int, SlaveStateMachine>.Values { slaves.values }
}
