/// The slaves by number; which of them can be given a build, and which are connected, is known without a look at all.
struct SlaveTable: Sendable {
    private var slaves: [Int: SlaveStateMachine] = [:]
    /// Those that can be given a build, if nothing speaks against them.
    private(set) var available: Set<Int> = []
    /// Those whose instruction stream is open.
    private(set) var connected: Set<Int> = []

    /// A slave.
    subscript(slave: Int) -> SlaveStateMachine? {
        get { slaves[slave] }
        set {
            slaves[slave] = newValue
            if newValue?.isAvailable == true { available.insert(slave) } else { available.remove(slave) }
            if newValue?.isConnected == true { connected.insert(slave) } else { connected.remove(slave) }
        }
    }

    /// All of them.
    var values: Dictionary<Int, SlaveStateMachine>.Values { slaves.values }
}
