import ClusterRunnerDomain
import ClusterRunnerPlugin
import Logging

/// What a master's log says about the events of its cluster.
///
/// A warning is what somebody should look at. Atoms have no sentences unless they could not be run, or are run again.
struct EventSentences {
    /// A line of the log.
    struct Sentence: Equatable {
        let level: Logger.Level
        let text: String
    }

    /// The names and addresses of slaves, by their numbers.
    private var slaves: [Int: String] = [:]
    /// The times of requests, by the numbers of builds.
    private var requests: [Int: Double] = [:]

    /// The longest reason in a sentence.
    private static let reasonLimit = 500

    /// Returns the sentence on an event, if there is one to say.
    mutating func sentence(on event: StoredEvent) -> Sentence? {
        // The other events come with each atom, and are not even decoded.
        guard let tag = EventTag(rawValue: event.tag), Self.tags.contains(tag),
            let data = JSONParser.value(of: event.json)?.object
        else { return nil }
        switch tag {
        case .slaveConnected, .slaveLost, .slaveQuarantined, .slaveShutdown, .slaveDrained, .slaveResumed:
            return slave(tag, data)
        case .buildRequestQueued, .buildPrepareFinish, .buildFinished: return build(tag, data, at: event.timestamp)
        default: return work(tag, data)
        }
    }

    private static let tags: Set<EventTag> = [
        .slaveConnected, .slaveLost, .slaveQuarantined, .slaveShutdown, .slaveDrained, .slaveResumed,
        .buildRequestQueued, .buildPrepareFinish, .buildFinished, .buildSetupFinish, .masterRefusedResult,
        .masterRefusedLeases, .atomObstructed, .atomRetried,
    ]

    private static func reason(_ data: [String: JSONValue]) -> String {
        let reason = data["reason"]?.string ?? "no reason is known"
        return (reason.count > reasonLimit ? "\(reason.prefix(reasonLimit))…" : reason).asSentence
    }

    private static func number(_ value: JSONValue?) -> Double {
        if case .number(let number)? = value { return number }
        return Double(value?.integer ?? 0)
    }

    private static func count(_ number: Int, _ thing: String) -> String {
        "\(number) \(thing)\(number == 1 ? "" : "s")"
    }
}

// MARK: Slaves

extension EventSentences {
    private func name(of slave: JSONValue?) -> String {
        let id = slave?.integer ?? 0
        return slaves[id].map { "slave \(id) (\($0))" } ?? "slave \(id)"
    }

    private mutating func slave(_ tag: EventTag, _ data: [String: JSONValue]) -> Sentence? {
        if let id = data["slave_id"]?.integer, let url = data["url"]?.string, slaves[id] == nil {
            slaves[id] = data["name"]?.string.map { "\($0), \(url)" } ?? url
        }
        let name = name(of: data["slave_id"])
        let subject = name.prefix(1).uppercased() + name.dropFirst()
        switch tag {
        case .slaveConnected:
            let executors = Self.count(data["num_executors"]?.integer ?? 0, "executor")
            return Sentence(level: .info, text: "\(subject) is connected, with \(executors).")
        case .slaveShutdown:
            return Sentence(level: .info, text: "\(subject) is told to shut down.")
        case .slaveDrained:
            let text = "\(subject) is drained: it finishes what it runs, and gets no more work."
            return Sentence(level: .info, text: text)
        case .slaveResumed:
            return Sentence(level: .info, text: "\(subject) gets work again.")
        case .slaveLost:
            if let id = data["slave_id"]?.integer { slaves[id] = nil }
            // A slave that says goodbye has no work left.
            let isExpected = data["kind"] == .string(SlaveDeparture.left.rawValue)
            let reason = Self.reason(data)
            return isExpected
                ? Sentence(level: .info, text: "\(subject) has left: \(reason)")
                : Sentence(level: .warning, text: "\(subject) is lost, and its work goes to others: \(reason)")
        default:
            let builds = (data["builds"]?.array ?? []).compactMap(\.integer).map(String.init).joined(separator: ", ")
            let seconds = Int(Self.number(data["seconds"]))
            let text = "\(subject) gets no build for \(seconds) s, because of its failures in builds \(builds)."
            return Sentence(level: .warning, text: text)
        }
    }
}

// MARK: Builds

extension EventSentences {
    private mutating func build(_ tag: EventTag, _ data: [String: JSONValue], at time: Double) -> Sentence? {
        guard let id = data["build_id"]?.integer else { return nil }
        switch tag {
        case .buildRequestQueued:
            requests[id] = time
            let job = data["job_name"]?.string.map { " of job \"\($0)\"" } ?? ""
            return Sentence(level: .info, text: "Build \(id)\(job) is requested (\(data["type"]?.string ?? "?")).")
        case .buildPrepareFinish:
            // The end of the build says why it could not be prepared.
            guard data["is_success"] == true else { return nil }
            let atoms = Self.count(data["num_atoms"]?.integer ?? 0, "atom")
            let subjobs = Self.count(data["num_subjobs"]?.integer ?? 0, "subjob")
            return Sentence(level: .info, text: "Build \(id) is prepared: \(atoms) in \(subjobs).")
        default:
            let seconds = requests.removeValue(forKey: id).map { " after \(Int((time - $0).rounded())) s" } ?? ""
            return ending(id, data, seconds)
        }
    }

    private func ending(_ id: Int, _ data: [String: JSONValue], _ seconds: String) -> Sentence {
        let atoms = Self.count(data["num_atoms"]?.integer ?? 0, "atom")
        switch data["status"]?.string {
        case "ERROR":
            return Sentence(level: .warning, text: "Build \(id) could not be run\(seconds): \(Self.reason(data))")
        case "CANCELED":
            return Sentence(level: .info, text: "Build \(id) was canceled\(seconds).")
        default:
            let failed = data["num_failed_atoms"]?.integer ?? 0
            let text = failed == 0 ? "passed, \(atoms)" : "failed, \(failed) of \(atoms)"
            return Sentence(level: .info, text: "Build \(id) \(text)\(seconds).")
        }
    }
}

// MARK: Work

extension EventSentences {
    private func work(_ tag: EventTag, _ data: [String: JSONValue]) -> Sentence? {
        let slave = name(of: data["slave_id"])
        let subject = slave.prefix(1).uppercased() + slave.dropFirst()
        let build = data["build_id"]?.integer.map { "build \($0)" } ?? "no build"
        let atom = "atom \(data["atom_id"]?.integer ?? 0) of subjob \(data["subjob_id"]?.integer ?? 0) of \(build)"
        switch tag {
        case .buildSetupFinish where data["is_success"] == true:
            return Sentence(level: .info, text: "\(subject) is set up for \(build).")
        case .buildSetupFinish:
            return Sentence(level: .warning, text: "\(subject) could not be set up for \(build): \(Self.reason(data))")
        case .masterRefusedResult:
            let text = "The result of \(atom) from \(slave) is refused: \(Self.reason(data))"
            return Sentence(level: .info, text: text)
        case .masterRefusedLeases:
            let leases = (data["leases"]?.array ?? []).compactMap(\.integer).map(String.init).joined(separator: ", ")
            return Sentence(level: .info, text: "\(subject) no longer holds leases \(leases) of \(build).")
        case .atomObstructed:
            let text = "\(subject) could not run \(atom), and another one is to: \(Self.reason(data))"
            return Sentence(level: .warning, text: text)
        default:
            let code = data["exit_code"]?.integer ?? 0
            return Sentence(level: .info, text: "The \(atom) failed on \(slave) (exit code \(code)) and is run again.")
        }
    }
}
