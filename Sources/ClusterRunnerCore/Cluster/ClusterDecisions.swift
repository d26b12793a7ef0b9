/// What follows from an event: the changes to make durable, and then the effects to perform.
public struct ClusterDecisions: Sendable {
    var builds: [Int: BuildRecord] = [:]
    var subjobs: [SubjobRecord] = []
    var atoms: [AtomRecord] = []
    var others: [StoreChange] = []
    private var hasEvents = false
    /// What the owner of the cluster must do, in this order, once the changes are durable.
    public internal(set) var effects: [ClusterEffect] = []

    /// Creates an empty list of decisions.
    public init() {}

    /// The changes, in an order in which a store can make them.
    public var changes: [StoreChange] {
        var all: [StoreChange] = []
        all.reserveCapacity(builds.count + others.count + 2)
        all += changedBuilds.lazy.map(StoreChange.build)
        if !subjobs.isEmpty { all.append(.subjobs(subjobs)) }
        if !atoms.isEmpty { all.append(.atoms(atoms)) }
        all += others
        return all
    }

    /// Adds an event of the event log.
    public mutating func record(_ tag: EventTag, at wall: Double, _ data: [String: JSONValue]) {
        if !hasEvents { effects.append(.eventsStored) }
        hasEvents = true
        others.append(.event(EventRecord(tag: tag.rawValue, timestamp: wall, data: data)))
    }
}

/// Something the owner of a cluster must do.
public enum ClusterEffect: Sendable, Equatable {
    /// Fetch the project of a queued build and list its atoms.
    case prepare(build: Int)
    /// Make the project of a build, which was fetched before the master was restarted, ready for slaves.
    case restore(build: Int)
    /// The build has ended: stop its preparation if one runs, release its project, remove its workspace.
    case release(build: Int)
    /// Send an instruction to a slave.
    case instruct(slave: Int, SlaveInstruction)
    /// The slave is lost or gone: end its instruction stream.
    case disconnect(slave: Int)
    /// New events are in the store: wake whoever follows them.
    case eventsStored
}

/// The tags of the event log, with the names of ClusterRunner 1.x.
public enum EventTag: String, Sendable, CaseIterable {
    case buildRequestQueued = "BUILD_REQUEST_QUEUED"
    case buildPrepareStart = "BUILD_PREPARE_START"
    case buildPrepareFinish = "BUILD_PREPARE_FINISH"
    case buildSetupStart = "BUILD_SETUP_START"
    case buildSetupFinish = "BUILD_SETUP_FINISH"
    case buildTeardownStart = "BUILD_TEARDOWN_START"
    case buildTeardownFinish = "BUILD_TEARDOWN_FINISH"
    case buildFinished = "BUILD_FINISHED"
    case buildResumed = "BUILD_RESUMED"
    case masterTriggeredSubjob = "MASTER_TRIGGERED_SUBJOB"
    case masterReceivedResult = "MASTER_RECEIVED_RESULT"
    case masterRefusedResult = "MASTER_REFUSED_RESULT"
    case masterRefusedLeases = "MASTER_REFUSED_LEASES"
    case serviceStarted = "SERVICE_STARTED"
    case subjobExecutionStart = "SUBJOB_EXECUTION_START"
    case subjobExecutionFinish = "SUBJOB_EXECUTION_FINISH"
    case atomStart = "ATOM_START"
    case atomFinish = "ATOM_FINISH"
    case atomObstructed = "ATOM_COULD_NOT_RUN"
    case slaveConnected = "SLAVE_CONNECTED"
    case slaveLost = "SLAVE_LOST"
    case slaveQuarantined = "SLAVE_QUARANTINED"
    case slaveShutdown = "SLAVE_SHUTDOWN"
}

extension ClusterDecisions {
    /// The new records of the builds that change, by number.
    public var changedBuilds: [BuildRecord] { builds.values.sorted { $0.id < $1.id } }
}
