import ClusterRunnerDomain

/// The results of the atoms of a batch, as far as one run of all of them tells.
///
/// A pure value. Exit code 0 means that all passed. Otherwise the report decides, if it explains the exit code: it names
/// a failed case, and each failed case belongs to an atom. An atom about which nothing is known must run again alone.
struct BatchVerdict: Equatable {
    /// The result of an atom.
    struct Member: Equatable {
        /// Its place in the batch.
        let place: Int
        let isFailed: Bool
        let seconds: Double
        let cases: [TestCase]?
    }

    /// The atoms with a result, in their order.
    private(set) var members: [Member] = []
    /// The places of the atoms that must run again.
    private(set) var unknown: [Int] = []

    /// The exit code of a shell from which a signal ended the command.
    private static let firstOfSignals = 128

    /// Judges the run of a number of atoms.
    ///
    /// `cases` are those of its report, nil without one; `owner` returns the place of the atom of a case.
    init(_ result: AtomResult, of count: Int, cases: [TestCase]?, owner: (TestCase) -> Int?) {
        let cases = cases ?? []
        let owners = cases.map(owner)
        let failed = zip(cases, owners).filter { $0.0.outcome.isFailure }.map(\.1)
        let ranToItsEnd = (result.cause == nil || result.isDisagreement) && result.exitCode < Self.firstOfSignals
        guard ranToItsEnd, result.exitCode == 0 || !failed.isEmpty, !failed.contains(nil) else {
            unknown = Array(0..<count)
            return
        }
        var byPlace: [[TestCase]] = Array(repeating: [], count: count)
        for (each, place) in zip(cases, owners) {
            if let place { byPlace[place].append(each) }
        }
        let seconds = Self.seconds(byPlace, elapsed: result.seconds)
        for place in 0..<count {
            guard result.exitCode == 0 || !byPlace[place].isEmpty else {
                unknown.append(place)
                continue
            }
            let isFailed = byPlace[place].contains { $0.outcome.isFailure }
            let cases = byPlace[place].isEmpty ? nil : byPlace[place]
            members.append(Member(place: place, isFailed: isFailed, seconds: seconds[place], cases: cases))
        }
        guard result.exitCode == 0, let first = members.first else { return }
        // No case is lost because its owner is unknown.
        let others = zip(cases, owners).filter { $0.1 == nil }.map(\.0)
        guard !others.isEmpty else { return }
        members[0] = Member(
            place: first.place,
            isFailed: first.isFailed,
            seconds: first.seconds,
            cases: (first.cases ?? []) + others
        )
    }

    /// Returns the time of each atom: that of its cases, and an even share of what no case explains.
    private static func seconds(_ cases: [[TestCase]], elapsed: Double) -> [Double] {
        let own = cases.map { $0.reduce(0) { $0 + max(0, $1.seconds ?? 0) } }
        let sum = own.reduce(0, +)
        // Cases that overlap take longer together than the process.
        let factor = sum > elapsed ? elapsed / sum : 1
        let rest = max(0, elapsed - sum) / Double(max(1, cases.count))
        return own.map { $0 * factor + rest }
    }
}
