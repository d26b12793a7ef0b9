import ClusterRunnerCore
import Foundation

/// What the master shows of the builds, compared with the ledger.
struct ChaosVerdict {
    /// What is not as it should be, one sentence each.
    private(set) var faults: [String] = []
    /// How many atoms have one accepted result that agrees with the ledger.
    private(set) var right = 0
    /// How many atoms have no accepted result.
    private(set) var lost = 0
    /// How many atoms have more than one.
    private(set) var doubled = 0
    /// How many atoms failed once and passed then.
    private(set) var flaky = 0

    private let ledger: Ledger.Contents
    /// The relay of each slave, by the slave's `host:port`.
    private let relays: [String: Int]
    private let history: ChaosHistory

    init(ledger: Ledger.Contents, relays: [String: Int], history: ChaosHistory) {
        (self.ledger, self.relays, self.history) = (ledger, relays, history)
        faults += ledger.faults.map { "The ledger says: \($0)" } + history.faults
    }

    /// Looks at a build: how it is shown, its subjobs, and the files of its archive.
    mutating func judge(_ build: JSONValue, subjobs: [JSONValue], files: [String: Data]) {
        let id = build["id"].integer ?? 0
        check(build["result"] == "NO_FAILURES", "Build \(id) is \(build)")
        check(build["num_atoms"] == .integer(ChaosJob.atoms), "Build \(id) has \(build["num_atoms"]) atoms")
        let atoms = subjobs.flatMap { $0["atoms"].array ?? [] }
        let names = atoms.compactMap(Self.name)
        check(names.sorted() == (1...ChaosJob.atoms).map(String.init).sorted(), "The atoms of build \(id) are \(names)")
        for atom in atoms { judge(atom, of: id, files) }
        let repeated = atoms.filter { $0["attempts"] != 1 }.compactMap(Self.name)
        let listed = build["flaky_atoms"].array?.compactMap(Self.name) ?? []
        check(Set(repeated) == Set(listed), "Build \(id) lists \(listed) as flaky, but \(repeated) were repeated")
        check(repeated.allSatisfy(Self.mayFail), "Build \(id) has repeated \(repeated)")
        flaky += repeated.count
    }

    private mutating func judge(_ atom: JSONValue, of build: Int, _ files: [String: Data]) {
        let subjob = atom["subjob_id"].integer ?? -1
        let place = "artifact_\(subjob)_\(atom["id"].integer ?? -1)"
        let accepted = history.accepted["\(build)/\(place)"] ?? []
        let passed = accepted.filter { $0.exitCode == 0 }
        if passed.isEmpty { lost += 1 }
        if passed.count > 1 { doubled += 1 }
        let problems = [
            atom["state"] == "COMPLETED" && atom["exit_code"] == 0 && atom["cause"] == .null ? nil : "it is \(atom)",
            passed.count == 1 && accepted.count == atom["attempts"].integer ? nil : "accepted were \(accepted)",
            passed.first.map { disagreement(of: $0, build, Self.name(atom), place, files) } ?? nil,
        ].compactMap { $0 }
        for problem in problems { faults.append("\(place) of build \(build): \(problem)") }
        if problems.isEmpty { right += 1 }
    }

    /// What artifact, console and ledger do not agree on; nil when they do.
    private func disagreement(
        of accepted: ChaosHistory.Accepted,
        _ build: Int,
        _ name: String?,
        _ place: String,
        _ files: [String: Data]
    ) -> String? {
        let artifact = files["\(place)/run"].map { String(decoding: $0, as: UTF8.self) }
        let console = files["\(place)/clusterrunner_console_output"].map { String(decoding: $0, as: UTF8.self) }
        guard let artifact, artifact == console else {
            return "the artifact is of \(artifact ?? "nobody"), the console of \(console ?? "nobody")"
        }
        guard let run = ledger.run(artifact.trimmingCharacters(in: .newlines)) else { return "no run \(artifact)" }
        guard run.build == build, run.atom == name, run.exitCode == 0 else { return "the ledger says \(run)" }
        guard relays[accepted.slave] == run.relay else { return "\(accepted.slave) reported what was run by \(run)" }
        return nil
    }

    /// The value of the atom's variable.
    private static func name(_ atom: JSONValue) -> String? {
        atom["command_string"].string?.split(separator: "\"").dropFirst().first.map(String.init)
    }

    private static func mayFail(_ name: String) -> Bool { Int(name).map { $0 % ChaosJob.flakyEvery == 0 } == true }

    private mutating func check(_ isRight: Bool, _ fault: @autoclosure () -> String) {
        if !isRight { faults.append(fault()) }
    }
}

/// Which results the master accepted from whom, as its event log tells.
struct ChaosHistory {
    /// A result that was accepted.
    struct Accepted {
        let exitCode: Int?
        /// The slave's `host:port`.
        let slave: String
    }

    /// By build and the name of the artifact directory.
    private(set) var accepted: [String: [Accepted]] = [:]
    /// Results from slaves that were not the last ones to get the subjob.
    private(set) var faults: [String] = []
    /// How many results were refused.
    private(set) var refused = 0
    /// How often slaves were lost.
    private(set) var losses = 0
    private var slaves: [Int: String] = [:]
    private var holders: [String: String] = [:]

    init(_ events: [JSONValue]) {
        for event in events { add(event) }
    }

    private mutating func add(_ event: JSONValue) {
        let slave = event["slave_id"].integer ?? -1
        let subjob = "\(event["build_id"].integer ?? -1)/artifact_\(event["subjob_id"].integer ?? -1)"
        switch event["__tag__"] {
        case "SLAVE_CONNECTED": slaves[slave] = event["url"].string
        case "SLAVE_LOST": losses += 1
        case "MASTER_REFUSED_RESULT": refused += 1
        case "MASTER_TRIGGERED_SUBJOB": holders[subjob] = slaves[slave]
        case "ATOM_FINISH":
            let url = slaves[slave] ?? "nobody"
            if holders[subjob] != url { faults.append("\(url) did not hold what it reported: \(event)") }
            let result = Accepted(exitCode: event["exit_code"].integer, slave: url)
            accepted["\(subjob)_\(event["atom_id"].integer ?? -1)", default: []].append(result)
        default: break
        }
    }
}
