package import ClusterRunnerDomain
package import ClusterRunnerPlugin

/// The consequences of an event: changes to make durable, then effects to perform.
package struct ClusterDecisions: Sendable {
    var builds: [BuildID: BuildRecord] = [:]
    var subjobs: [SubjobRecord] = []
    var atoms: [AtomRecord] = []
    var others: [StoreChange] = []
    private var hasEvents = false
    /// The effects that the owner of the cluster must perform, in this order, once the changes are durable.
    package internal(set) var effects: [ClusterEffect] = []

    /// Creates an empty list of decisions.
    package init() {}

    /// The changes, in an order that a store can apply.
    package var changes: [StoreChange] {
        var all: [StoreChange] = []
        all.reserveCapacity(builds.count + others.count + 2)
        all += changedBuilds.lazy.map(StoreChange.build)
        if !subjobs.isEmpty { all.append(.subjobs(subjobs)) }
        if !atoms.isEmpty { all.append(.atoms(atoms)) }
        all += others
        return all
    }

    /// Adds a change beyond those of builds, subjobs and atoms.
    package mutating func add(_ change: StoreChange) { others.append(change) }

    /// Adds an event of the event log.
    package mutating func record(_ tag: EventTag, at wall: Double, _ data: [String: JSONValue]) {
        if !hasEvents { effects.append(.eventsStored) }
        hasEvents = true
        others.append(.event(EventRecord(tag: tag.rawValue, timestamp: wall, data: data)))
    }
}

/// An action for the owner of a cluster.
package enum ClusterEffect: Sendable, Equatable {
    /// Fetch the project of a queued build and list its atoms.
    case prepare(build: BuildID)
    /// Restore the project of a build, which was fetched before the master was restarted, for slaves.
    case restore(build: BuildID)
    /// The build has ended: stop its preparation if one runs, release its project, remove its workspace.
    case release(build: BuildID)
    /// Send an instruction to a slave.
    case instruct(slave: SlaveID, SlaveInstruction)
    /// The slave is lost or gone: end its instruction stream.
    case disconnect(slave: SlaveID)
    /// New events are in the store: wake the readers of the event log.
    case eventsStored
}

extension ClusterDecisions {
    /// The new records of changed builds, by number.
    package var changedBuilds: [BuildRecord] { builds.values.sorted { $0.id < $1.id } }
}
