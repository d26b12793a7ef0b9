package import ClusterRunnerJobFile

/// Grouping of atoms into subjobs, so that granting them costs little and all executors end together.
///
/// With history, the longest atoms come first, and each subjob takes a share of the remaining work: large shares at
/// first, single atoms at the end, when no work is left to compensate for a wrong estimate. (The literature calls this
/// guided self-scheduling.)
package enum AtomGrouping {
    /// Number of subjobs for the remaining work of an executor, if the shares did not shrink.
    static let sharesPerExecutor = 4.0
    /// The same number for batches, each of which costs the start of a process.
    static let batchesPerExecutor = 1.5
    /// Minimum batch as a part of an executor's whole work.
    static let shortestBatchPart = 1.0 / 6
    /// Upper bound of the minimum batch in seconds: the start of a test runner is a small part of it.
    static let shortestBatch = 5.0
    /// Maximum share in seconds, a limit on the work lost with a slave and on the time without results.
    static let longestShare = 30.0
    /// Minimum share as a part of an executor's whole work, a limit on the unevenness of the end.
    static let shortestPart = 1.0 / 400
    /// Upper bound of the minimum share in seconds; a larger minimum is not worth the longer wait at the end.
    static let shortestShare = 0.5
    /// Maximum number of atoms in a subjob, so that the messages about it stay small.
    static let largestCount = 500
    /// Seconds to start any command, the minimum cost of an atom.
    static let leastTime = 0.001

    /// Number of shares up to which a subjob is granted whole.
    static let tolerance = 1.5
    /// Relative speed below which a slave gets no subjob that it would end last.
    static let slow = 0.8
    /// Factor on the expected time in that decision.
    static let caution = 1.5
    /// Length of the longest subjob that is kept ready on a slave, as a multiple of the work that it gets ahead.
    static let longestReady = 8.0
    /// The same limit as a part of an executor's whole work.
    static let readyPart = 1.0 / 50

    /// Makes the subjobs of a build.
    ///
    /// Without any history each atom is a subjob of its own, in the order given. With history, the atoms with the
    /// largest ``RunTimes/slow`` come first and share subjobs by their ``RunTimes/median``. Atoms without history count
    /// as the longest known one. With few atoms for each executor, if longest first would end unevenly, each atom is a
    /// subjob of its own, in the order of a plan of the executors' atoms. An atom that occurs twice is two atoms. The
    /// result depends on the arguments only; atoms of the same time keep their order, unless there is a plan.
    ///
    /// With `isBatch` a subjob is one process. There is no plan then, the shares are larger, and without any history
    /// they are counted in atoms.
    ///
    /// `history` has the seconds of each atom's last runs, newest first; `executors` is the number that may run the
    /// build concurrently.
    package static func subjobs(
        atoms: [Atom],
        history: [Atom: [Double]],
        executors: Int,
        isBatch: Bool = false
    ) -> [PlannedSubjob] {
        let times = atoms.map { history[$0].flatMap(RunTimes.init) }
        guard let longest = times.lazy.compactMap(\.?.median).max(), let slowest = times.lazy.compactMap(\.?.slow).max()
        else {
            return unknown(atoms, executors: max(1, executors), isBatch: isBatch)
        }
        let entries = zip(atoms, times)
            .map { atom, times in
                Entry(
                    atom: PlannedAtom(atom: atom, expectedTime: times?.median),
                    time: times?.median ?? longest,
                    slow: times?.slow ?? slowest
                )
            }
            .enumerated()
            .sorted { ($1.element.slow, $0.offset) < ($0.element.slow, $1.offset) }
            .map(\.element)
        guard !isBatch else { return group(entries, executors: max(1, executors), isBatch: true).map(subjob) }
        return arrange(entries, executors: max(1, executors)).map(subjob)
    }

    /// Makes the subjobs of atoms without any history.
    private static func unknown(_ atoms: [Atom], executors: Int, isBatch: Bool) -> [PlannedSubjob] {
        let entries = atoms.map { Entry(atom: PlannedAtom(atom: $0, expectedTime: nil), time: 1, slow: 1) }
        let groups =
            isBatch
            ? group(entries, executors: executors, isBatch: true)
            : entries.indices.map { entries[$0...$0] }
        return groups.map { PlannedSubjob(atoms: $0.map(\.atom), expectedTime: nil) }
    }

    /// Cuts atoms into shares of the remaining work, in this order.
    static func group(_ entries: [Entry], executors: Int, isBatch: Bool = false) -> [ArraySlice<Entry>] {
        var remaining = entries.reduce(0) { $0 + $1.cost }
        let shares = Shares(work: remaining, executors: executors, isBatch: isBatch)
        var subjobs: [ArraySlice<Entry>] = []
        var next = 0
        while next < entries.count {
            let share = shares.share(ofRemaining: remaining)
            let first = next
            var cost = 0.0
            repeat {
                cost += entries[next].cost
                next += 1
            } while next < entries.count && next - first < largestCount && cost + entries[next].cost <= share
            subjobs.append(entries[first..<next])
            remaining -= cost
        }
        return subjobs
    }

    private static func subjob(_ entries: ArraySlice<Entry>) -> PlannedSubjob {
        PlannedSubjob(atoms: entries.map(\.atom), expectedTime: entries.reduce(0) { $0 + $1.time })
    }
}

extension AtomGrouping {
    /// The lengths of the shares of a build.
    struct Shares {
        private let executors: Double
        private let least: Double
        private let perExecutor: Double

        /// Creates the shares of a build with that many seconds of work.
        init(work: Double, executors: Int, isBatch: Bool = false) {
            self.executors = Double(executors)
            perExecutor = isBatch ? AtomGrouping.batchesPerExecutor : AtomGrouping.sharesPerExecutor
            guard !isBatch else {
                least = min(AtomGrouping.shortestBatch, work / self.executors * AtomGrouping.shortestBatchPart)
                return
            }
            let part = work / self.executors * AtomGrouping.shortestPart
            // A single executor has no other to end together with.
            least = executors > 1 ? min(AtomGrouping.shortestShare, part) : AtomGrouping.shortestShare
        }

        /// Returns the seconds of the next subjob for that much remaining work.
        func share(ofRemaining work: Double) -> Double {
            let part = work / (perExecutor * executors)
            return min(AtomGrouping.longestShare, max(least, part))
        }
    }
}
