import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire

extension AtomResult {
    /// More than the notes that a slave makes of one atom, in number and in length.
    private static let (mostNotes, longestNote) = (100, 4_000)

    /// Refuses notes that no slave makes, because each is kept and shown on pages.
    fileprivate func checkNotes(of atom: String) throws {
        guard notes.count > Self.mostNotes || notes.contains(where: { $0.utf8.count > Self.longestNote }) else {
            return
        }
        throw ClusterRunnerError(
            .invalidArgument,
            "\(atom) cannot have more than \(Self.mostNotes) notes of up to \(Self.longestNote) bytes."
        )
    }
}

/// Checks of numbers in a slave's messages, before they go into sums and products.
extension SlaveRegistration {
    /// The range of executors in a slave's configuration.
    fileprivate static let executorCounts = 1...4096
    private static let executorIndices = 0...1_000_000_000
    /// Longer than any host name with port, or UUID; both are kept and shown.
    private static let textLengths = 1...300

    /// Refuses numbers out of range.
    func check() throws {
        guard numExecutors > 0 else {
            throw ClusterRunnerError(.invalidArgument, "A slave needs at least one executor.")
        }
        try Self.check(numExecutors, "num_executors", Self.executorCounts)
        try Self.check(slave.utf8.count, "address in bytes", Self.textLengths)
        try Self.check(sessionID.utf8.count, "session_id in bytes", Self.textLengths)
        if let name { try Self.check(name.utf8.count, "name in bytes", Self.textLengths) }
        if let version { try Self.check(version.utf8.count, "version in bytes", Self.textLengths) }
        guard let hold else { return }
        try Self.check(hold.executors, "executors of its hold", Self.executorCounts)
        try Self.check(hold.firstExecutorIndex, "firstExecutorIndex of its hold", Self.executorIndices)
    }

    private static func check(_ value: Int, _ name: String, _ range: ClosedRange<Int>) throws {
        guard !range.contains(value) else { return }
        throw ClusterRunnerError(
            .invalidArgument,
            "A slave's \(name) must be \(range.lowerBound) to \(range.upperBound), not \(value)."
        )
    }
}

extension AtomReport {
    /// Refuses impossible times and executors.
    func check() throws {
        guard (0...1e9).contains(result.seconds) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "Atom \(atom) of subjob \(subjob) cannot have run for \(result.seconds) seconds."
            )
        }
        try result.checkNotes(of: "Atom \(atom) of subjob \(subjob)")
        guard result.cases == cases.map({ CaseCounts($0) }) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "The numbers of test cases of atom \(atom) of subjob \(subjob) are not those of its cases."
            )
        }
        try RunningAtom(claim: claim, executor: executor, age: age ?? 0).check()
    }
}

extension SlaveHeartbeat {
    /// Refuses inconsistent atoms.
    func check() throws {
        for atom in running { try atom.check() }
    }
}

extension RunningAtom {
    /// Refuses impossible executors and times.
    fileprivate func check() throws {
        let name = "Atom \(claim.atom) of subjob \(claim.subjob)"
        guard (0..<SlaveRegistration.executorCounts.upperBound).contains(executor) else {
            throw ClusterRunnerError(.invalidArgument, "\(name) cannot be run by executor \(executor).")
        }
        guard (0...1e9).contains(age) else {
            throw ClusterRunnerError(.invalidArgument, "\(name) cannot have begun \(age) seconds ago.")
        }
    }
}

extension CommandReport {
    /// Refuses kinds of commands other than set-up and teardown, and impossible numbers.
    func check() throws {
        try CommandRun(kind: kind, command: "", exitCode: nil, output: "", seconds: 0, age: age).check()
        guard !(0...Int(1e15)).contains(offset) else { return }
        throw ClusterRunnerError(.invalidArgument, "Output cannot begin at byte \(offset).")
    }
}

extension [CommandRun] {
    /// The maximum number of commands in one report of a slave.
    private static var most: Int { 8 }

    /// Refuses too many commands and impossible times.
    func check() throws {
        guard count <= Self.most else {
            throw ClusterRunnerError(
                .invalidArgument,
                "A slave cannot have run \(count) commands besides its atoms; the maximum is \(Self.most)."
            )
        }
        for run in self { try run.check() }
    }
}

extension CommandRun {
    fileprivate func check() throws {
        guard kind != .atomizer else {
            throw ClusterRunnerError(
                .invalidArgument,
                "A slave runs no atomizer; only setup and teardown commands."
            )
        }
        guard (0...1e9).contains(seconds) else {
            throw ClusterRunnerError(.invalidArgument, "A \(kind) command cannot have run for \(seconds) seconds.")
        }
        guard let age, !(0...1e9).contains(age) else { return }
        throw ClusterRunnerError(.invalidArgument, "A \(kind) command cannot have begun \(age) seconds ago.")
    }
}
