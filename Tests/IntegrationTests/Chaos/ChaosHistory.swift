import ClusterRunnerDomain
import ClusterRunnerPlugin

/// The results that the master accepted, by slave, from its event log.
struct ChaosHistory {
    /// An accepted result.
    struct Accepted {
        let exitCode: Int?
        /// The cause of a failure other than the exit code.
        let cause: String?
        /// The slave's `host:port`.
        let slave: String

        var isPass: Bool { exitCode == 0 && cause == nil }
    }

    /// The loss of a slave.
    struct Loss {
        /// The slave's `host:port`.
        let slave: String
        let time: Double
    }

    /// A hand-out of atoms of a subjob.
    struct HandOut {
        /// The slave's `host:port`.
        let slave: String
        /// The atoms; nil for all of the subjob.
        let atoms: Set<AtomIndex>?
        let time: Double

        /// Whether it has an atom.
        func contains(_ atom: AtomIndex) -> Bool { atoms?.contains(atom) != false }
    }

    /// The accepted results, by build and the name of the artifact directory.
    private(set) var accepted: [String: [Accepted]] = [:]
    /// Results from slaves that were not the last ones to get the atom.
    private(set) var faults: [String] = []
    /// The number of refused results.
    private(set) var refused = 0
    private(set) var losses: [Loss] = []
    /// The leases, by build and the prefix of the artifact directory's name.
    private(set) var handOuts: [String: [HandOut]] = [:]
    private var slaves: [Int: String] = [:]

    init(_ events: [JSONValue]) {
        for event in events { add(event) }
    }

    /// Returns the key of a subjob's leases.
    static func subjob(_ subjob: SubjobID, of build: BuildID) -> String { "\(build)/artifact_\(subjob)" }

    private mutating func add(_ event: JSONValue) {
        let slave = event["slave_id"].integer ?? -1
        let build = BuildID(event["build_id"].integer ?? -1)
        let subjob = Self.subjob(SubjobID(event["subjob_id"].integer ?? -1), of: build)
        let time = event["__timestamp__"].seconds
        switch event["__tag__"] {
        case "SLAVE_CONNECTED": slaves[slave] = event["url"].string
        case "SLAVE_LOST": losses.append(Loss(slave: event["url"].string ?? "", time: time))
        case "MASTER_REFUSED_RESULT": refused += 1
        case "MASTER_TRIGGERED_SUBJOB":
            let atoms = event["atom_ids"].array.map { Set($0.compactMap(\.integer).map { AtomIndex($0) }) }
            handOuts[subjob, default: []].append(HandOut(slave: slaves[slave] ?? "nobody", atoms: atoms, time: time))
        case "ATOM_FINISH":
            let (url, atom) = (slaves[slave] ?? "nobody", AtomIndex(event["atom_id"].integer ?? -1))
            let holder = handOuts[subjob]?.last { $0.contains(atom) }?.slave
            if holder != url { faults.append("\(url) did not hold what it reported: \(event)") }
            let result = Accepted(exitCode: event["exit_code"].integer, cause: event["cause"].string, slave: url)
            accepted["\(subjob)_\(atom)", default: []].append(result)
        default: break
        }
    }
}

extension JSONValue {
    fileprivate var seconds: Double {
        if case .number(let seconds) = self { return seconds }
        return Double(integer ?? 0)
    }
}
