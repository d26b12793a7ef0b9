import ClusterRunnerDomain
import ClusterRunnerPlugin

@testable import ClusterRunnerScheduling

/// The contents of a store after a cluster's changes.
struct StoredState {
    private(set) var builds: [BuildID: BuildRecord] = [:]
    private(set) var subjobs: [SubjobKey: SubjobRecord] = [:]
    private(set) var atoms: [AtomKey: AtomRecord] = [:]
    private(set) var events: [EventRecord] = []
    private(set) var timings: [AtomTiming] = []
    private(set) var slaveFailures: [BuildID: [SlaveFailure]] = [:]
    private(set) var attempts: [AttemptRecord] = []
    private(set) var cases: [CaseSheet] = []
    private(set) var commands: [BuildID: [CommandRecord]] = [:]
    private(set) var health: [String: SlaveHealthRecord] = [:]
    private(set) var counters: [StoreCounter: Int] = [:]
    /// The forbidden changes: those of final records.
    private(set) var breaches: [String] = []

    struct SubjobKey: Hashable {
        let build: BuildID
        let subjob: SubjobID
    }

    struct AtomKey: Hashable {
        let build: BuildID
        let subjob: SubjobID
        let atom: AtomIndex
    }

    mutating func apply(_ changes: [StoreChange]) {
        for change in changes { apply(change) }
    }

    private mutating func apply(_ change: StoreChange) {
        switch change {
        case .build(let record): store(record)
        case .subjobs(let records):
            for record in records { subjobs[SubjobKey(build: record.buildID, subjob: record.id)] = record }
        case .atoms(let records): for record in records { store(record) }
        case .timings(_, _, let new): timings += new
        case .attempt(let record): attempts.append(record)
        case .cases(let sheet, _): cases.append(sheet)
        case .slaveFailure(let build, let failure): slaveFailures[build, default: []].append(failure)
        case .commands(let build, let records): commands[build, default: []] += records
        case .slaveHealth(let url, let record): health[url] = record
        case .notification, .removeNotification: break
        case .event(let event): events.append(event)
        case .counter(let counter, let value): counters[counter] = max(counters[counter] ?? 0, value)
        case .removeBuild(let build): breaches.append("Build \(build) is removed.")
        }
    }

    private mutating func store(_ record: BuildRecord) {
        if let old = builds[record.id], old.state.isFinal, old != record {
            breaches.append("Build \(record.id) changes after its end: \(old) -> \(record)")
        }
        builds[record.id] = record
    }

    private mutating func store(_ record: AtomRecord) {
        let key = AtomKey(build: record.buildID, subjob: record.subjobID, atom: record.id)
        if let old = atoms[key], old.state.isFinal {
            breaches.append("Atom \(key) changes after its end: \(old) -> \(record)")
        }
        atoms[key] = record
    }

    /// Returns the record of a subjob.
    func subjob(_ build: BuildID, _ subjob: SubjobID) -> SubjobRecord? {
        subjobs[SubjobKey(build: build, subjob: subjob)]
    }

    /// Returns the tags of the events of a build, oldest first.
    func tags(build: BuildID) -> [String] {
        events.filter { $0.data["build_id"] == .integer(build) }.map(\.tag)
    }
}

extension Cluster {
    /// The builds that have not ended.
    var unfinished: [BuildID] { builds.keys.sorted() }
}
