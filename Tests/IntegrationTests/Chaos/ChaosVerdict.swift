import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation

/// The comparison of the master's results with the ledger.
struct ChaosVerdict {
    /// The differences, one sentence each.
    private(set) var faults: [String] = []
    /// The number of atoms with one accepted result that agrees with the ledger.
    private(set) var right = 0
    /// The number of atoms without an accepted result.
    private(set) var lost = 0
    /// The number of atoms with more than one.
    private(set) var doubled = 0
    /// The number of atoms that failed once and then passed.
    private(set) var flaky = 0
    /// The number of atoms that failed because they could not write, with room again a moment later.
    private(set) var cramped = 0
    /// The number of builds in error for lack of space, with an error that says so.
    private(set) var crampedBuilds = 0

    private let ledger: Ledger.Contents
    /// The relay of each slave, by `host:port`.
    private let relays: [String: Int]
    private let history: ChaosHistory
    /// The builds in progress while a disk was full, the only ones that may lack space.
    private let shortOfSpace: Set<BuildID>

    init(ledger: Ledger.Contents, relays: [String: Int], history: ChaosHistory, shortOfSpace: Set<BuildID>) {
        (self.ledger, self.relays, self.history, self.shortOfSpace) = (ledger, relays, history, shortOfSpace)
        faults += ledger.faults.map { "The ledger says: \($0)" } + history.faults
    }

    /// Judges a build: its representation, its subjobs, and the files of its archive.
    mutating func judge(_ build: JSONValue, subjobs: [JSONValue], files: [String: Data]) {
        let id = BuildID(build["id"].integer ?? 0)
        if build["state"] == "ERROR" { return judgeFailed(build, id) }
        check(build["num_atoms"] == .integer(ChaosJob.atoms), "Build \(id) has \(build["num_atoms"]) atoms")
        let atoms = subjobs.flatMap { $0["atoms"].array ?? [] }
        let names = atoms.compactMap(Self.name)
        check(names.sorted() == (1...ChaosJob.atoms).map(String.init).sorted(), "The atoms of build \(id) are \(names)")
        let crampedBefore = cramped
        for atom in atoms { judge(atom, of: id, files) }
        let result: JSONValue = cramped > crampedBefore ? "FAILURE" : "NO_FAILURES"
        check(build["result"] == result, "Build \(id) is \(build)")
        let passed = atoms.filter { $0["exit_code"] == 0 && $0["cause"] == .null }
        let repeated = passed.filter { $0["attempts"] != 1 }.compactMap(Self.name)
        let listed = build["flaky_atoms"].array?.compactMap(Self.name) ?? []
        check(Set(repeated) == Set(listed), "Build \(id) lists \(listed) as flaky, but \(repeated) were repeated")
        flaky += repeated.count
    }

    /// Judges a build that could not be run.
    private mutating func judgeFailed(_ build: JSONValue, _ id: BuildID) {
        let reason = build["error_message"].string ?? ""
        let isExcused = shortOfSpace.contains(id) && reason.contains(ChaosCluster.noSpace)
        check(isExcused, "Build \(id) is \(build)")
        if isExcused { crampedBuilds += 1 }
        for (place, accepted) in history.accepted where place.hasPrefix("\(id)/") {
            check(accepted.count(where: \.isPass) <= 1, "\(place): accepted were \(accepted)")
        }
    }

    private mutating func judge(_ atom: JSONValue, of build: BuildID, _ files: [String: Data]) {
        let subjob = atom["subjob_id"].integer ?? -1
        let place = "artifact_\(subjob)_\(atom["id"].integer ?? -1)"
        let accepted = history.accepted["\(build)/\(place)"] ?? []
        let passed = accepted.filter(\.isPass)
        let isCramped = passed.isEmpty && failedForWantOfSpace(atom, accepted, build)
        if passed.isEmpty, !isCramped { lost += 1 }
        if passed.count > 1 { doubled += 1 }
        let isShownAsPassed = atom["exit_code"] == 0 && atom["cause"] == .null
        let problems = [
            atom["state"] == "COMPLETED" && isShownAsPassed != isCramped ? nil : "it is \(atom)",
            passed.count <= 1 && accepted.count == atom["attempts"].integer ? nil : "accepted were \(accepted)",
            areExcusable(accepted, atom, build) ? nil : "it failed without a reason: \(accepted)",
            passed.first.map { disagreement(of: $0, build, Self.name(atom), place, files) } ?? nil,
        ].compactMap { $0 }
        for problem in problems { faults.append("\(place) of build \(build): \(problem)") }
        guard problems.isEmpty else { return }
        if isCramped { cramped += 1 } else { right += 1 }
    }

    /// Whether an atom that did not pass lacked space in one of its runs, and shows the end of the last one.
    private func failedForWantOfSpace(_ atom: JSONValue, _ accepted: [ChaosHistory.Accepted], _ build: BuildID) -> Bool
    {
        guard let last = accepted.last, accepted.contains(where: { lackedSpace($0, atom, build) }) else { return false }
        return atom["exit_code"].integer == last.exitCode && atom["cause"].string == last.cause
    }

    /// Whether failed runs failed once by the job's design, or for lack of space.
    private func areExcusable(_ accepted: [ChaosHistory.Accepted], _ atom: JSONValue, _ build: BuildID) -> Bool {
        let failed = accepted.filter { !$0.isPass && !lackedSpace($0, atom, build) }
        let isByWill = failed.allSatisfy { $0.exitCode == 1 && $0.cause == nil }
        return failed.isEmpty || failed.count == 1 && isByWill && Self.name(atom).map(Self.mayFail) == true
    }

    /// Whether a run lacked space and still counts: the run itself recorded it in the ledger, and there was room again
    /// when the slave checked.
    ///
    /// A run that fails while the slave sees a full disk has no result: another slave runs the atom.
    private func lackedSpace(_ run: ChaosHistory.Accepted, _ atom: JSONValue, _ build: BuildID) -> Bool {
        guard shortOfSpace.contains(build), !run.isPass else { return false }
        return run.cause == nil && run.exitCode == ChaosJob.noSpace
            && ledger.runs.contains {
                $0.build == build && $0.atom == Self.name(atom) && $0.exitCode == ChaosJob.noSpace
                    && relays[run.slave] == $0.relay
            }
    }

    /// Returns the difference between artifact, console and ledger; nil if they agree.
    private func disagreement(
        of accepted: ChaosHistory.Accepted,
        _ build: BuildID,
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

    /// Returns the value of the atom's variable.
    private static func name(_ atom: JSONValue) -> String? {
        atom["command_string"].string?.split(separator: "\"").dropFirst().first.map(String.init)
    }

    private static func mayFail(_ name: String) -> Bool { Int(name).map { $0 % ChaosJob.flakyEvery == 0 } == true }

    private mutating func check(_ isRight: Bool, _ fault: @autoclosure () -> String) {
        if !isRight { faults.append(fault()) }
    }
}
