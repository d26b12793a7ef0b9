import ClusterRunnerCore

/// Which results the master accepted from whom, as its event log tells.
struct ChaosHistory {
    /// A result that was accepted.
    struct Accepted {
        let exitCode: Int?
        /// Why it failed, when that is not its exit code.
        let cause: String?
        /// The slave's `host:port`.
        let slave: String

        var isPass: Bool { exitCode == 0 && cause == nil }
    }

    /// Something that happened at a time.
    struct Dated {
        let name: String
        let time: Double
    }

    /// By build and the name of the artifact directory.
    private(set) var accepted: [String: [Accepted]] = [:]
    /// Results from slaves that were not the last ones to get the subjob.
    private(set) var faults: [String] = []
    /// How many results were refused.
    private(set) var refused = 0
    /// When slaves were lost, by their `host:port`.
    private(set) var losses: [Dated] = []
    /// When subjobs were handed out, by build and the beginning of the artifact directory's name.
    private(set) var handOuts: [Dated] = []
    private var slaves: [Int: String] = [:]
    private var holders: [String: String] = [:]

    init(_ events: [JSONValue]) {
        for event in events { add(event) }
    }

    /// What hand-outs of a subjob are called.
    static func subjob(_ subjob: Int, of build: Int) -> String { "\(build)/artifact_\(subjob)" }

    private mutating func add(_ event: JSONValue) {
        let slave = event["slave_id"].integer ?? -1
        let subjob = Self.subjob(event["subjob_id"].integer ?? -1, of: event["build_id"].integer ?? -1)
        let time = event["__timestamp__"].seconds
        switch event["__tag__"] {
        case "SLAVE_CONNECTED": slaves[slave] = event["url"].string
        case "SLAVE_LOST": losses.append(Dated(name: event["url"].string ?? "", time: time))
        case "MASTER_REFUSED_RESULT": refused += 1
        case "MASTER_TRIGGERED_SUBJOB":
            holders[subjob] = slaves[slave]
            handOuts.append(Dated(name: subjob, time: time))
        case "ATOM_FINISH":
            let url = slaves[slave] ?? "nobody"
            if holders[subjob] != url { faults.append("\(url) did not hold what it reported: \(event)") }
            let result = Accepted(exitCode: event["exit_code"].integer, cause: event["cause"].string, slave: url)
            accepted["\(subjob)_\(event["atom_id"].integer ?? -1)", default: []].append(result)
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
