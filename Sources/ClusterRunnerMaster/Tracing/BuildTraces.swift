import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin

/// The traces of builds, made of the stored changes.
///
/// A span is made when its subject has ended. Names and attributes are those of OpenTelemetry's semantic conventions for
/// CI/CD and tests where there are any.
final class BuildTraces: ChangeFollower {
    fileprivate struct State {
        var builds: [BuildID: BuildTrace] = [:]
        /// The builds that have ended, for the commands that slaves report later; the oldest first.
        var ended: [BuildID] = []
        var slaves: [SlaveID: String] = [:]
    }

    private let state = Lock(State())
    private let masterURL: String
    private let export: @Sendable ([Span]) -> Void

    /// The number of ended builds that are remembered.
    private static let memory = 256

    /// Creates the traces of a master, which people reach at a URL; `export` must not wait.
    init(masterURL: String, export: @escaping @Sendable ([Span]) -> Void) {
        self.masterURL = masterURL
        self.export = export
    }

    func stored(_ builds: [BuildRecord], _ changes: [StoreChange]) {
        let spans = state.withLock { state in
            for build in builds { state.builds[build.id, default: BuildTrace(build)].update(build) }
            // A subjob ends with the last of its atoms, whose change may come later.
            let names = changes.atomNames
            var spans = changes.filter { !$0.isOfSubjobs }.flatMap { state.spans(of: $0, names: names) }
            spans += changes.filter(\.isOfSubjobs).flatMap { state.spans(of: $0) }
            for build in builds where build.state.isFinal { spans += state.end(build, masterURL, Self.memory) }
            return spans
        }
        export(spans)
    }
}

extension BuildTraces.State {
    /// Follows a change, and returns the spans that end with it.
    fileprivate mutating func spans(of change: StoreChange, names: [AtomPlace: String] = [:]) -> [Span] {
        switch change {
        case .atoms(let records):
            records.compactMap { record in
                AtomRunTrace(record).flatMap { span(of: $0, build: record.buildID) }
            }
        case .attempt(let record):
            [span(of: AtomRunTrace(record, name: names[AtomPlace(record)]), build: record.buildID)].compactMap(\.self)
        case .subjobs(let records): records.compactMap { builds[$0.buildID]?.ended($0) }
        case .commands(let build, let records): records.compactMap { builds[build]?.span(of: $0) }
        case .event(let event): [follow(event)].compactMap(\.self)
        default: []
        }
    }

    private mutating func span(of run: AtomRunTrace, build: BuildID) -> Span? {
        let url = run.slave.flatMap { slaves[$0] }
        return builds[build]?.ran(run, on: url)
    }

    private mutating func follow(_ event: EventRecord) -> Span? {
        guard let slave = event.data["slave_id"]?.integer.map({ SlaveID($0) }) else { return nil }
        let build = event.data["build_id"]?.integer.map { BuildID($0) }
        switch EventTag(rawValue: event.tag) {
        case .slaveConnected: slaves[slave] = event.data["url"]?.string
        case .slaveLost: slaves[slave] = nil
        case .buildSetupStart: if let build { builds[build]?.setupBegan(on: slave, at: event.timestamp) }
        case .buildSetupFinish:
            let failure = event.data["is_success"] == true ? nil : event.data["reason"]?.string ?? ""
            return build.flatMap { id in
                builds[id]?.setupEnded(on: slave, slaves[slave], at: event.timestamp, failure: failure)
            }
        default: break
        }
        return nil
    }

    /// Ends the trace of a build, which is remembered for a while.
    fileprivate mutating func end(_ build: BuildRecord, _ masterURL: String, _ memory: Int) -> [Span] {
        guard let spans = builds[build.id]?.end(build, masterURL), !spans.isEmpty else { return [] }
        ended.append(build.id)
        while ended.count > memory { builds[ended.removeFirst()] = nil }
        return spans
    }
}

/// The place of an atom among those of a build.
private struct AtomPlace: Hashable {
    let build: BuildID
    let subjob: SubjobID
    let atom: AtomIndex

    init(_ record: AttemptRecord) {
        (build, subjob, atom) = (record.buildID, record.subjobID, record.atomID)
    }

    init(_ record: AtomRecord) {
        (build, subjob, atom) = (record.buildID, record.subjobID, record.id)
    }
}

extension StoreChange {
    fileprivate var isOfSubjobs: Bool { if case .subjobs = self { true } else { false } }
}

extension [StoreChange] {
    /// The names of the atoms that changed together with attempts, which do not have them.
    fileprivate var atomNames: [AtomPlace: String] {
        guard contains(where: { if case .attempt = $0 { true } else { false } }) else { return [:] }
        var names: [AtomPlace: String] = [:]
        for case .atoms(let records) in self {
            for record in records { names[AtomPlace(record)] = record.atom.traceName }
        }
        return names
    }
}
