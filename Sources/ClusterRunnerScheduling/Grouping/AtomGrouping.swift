package import ClusterRunnerJobFile

/// Groups atoms into subjobs, so that handing them out costs little and all executors end together.
///
/// With history, the longest atoms come first, and each subjob takes a share of the work that then remains: large ones
/// at first, single atoms at the end, when there is no work left to make up for a wrong guess. (The literature calls
/// this guided self-scheduling.)
package enum AtomGrouping {
    /// Into how many subjobs the remaining work of an executor would be cut, if the shares did not shrink.
    static let sharesPerExecutor = 4.0
    /// The longest share in seconds: what is lost with a slave, and how long a subjob shows no result.
    static let longestShare = 30.0
    /// The shortest share, of the time that each executor is busy: how uneven the end may be.
    static let shortestPart = 1.0 / 400
    /// The shortest share in seconds that is worth a longer wait at the end.
    static let shortestShare = 0.5
    /// The most atoms of a subjob, so that the messages about it stay small.
    static let largestCount = 500
    /// The seconds that starting a command takes, whatever it does: even atoms of no time at all have a cost.
    static let leastTime = 0.001

    /// A subjob is handed out whole that is not longer than so many shares.
    static let tolerance = 1.5
    /// Below this part of the others' speed a slave is not given what it would end last.
    static let slow = 0.8
    /// Nor what it would end last if that took so many times what it should.
    static let caution = 1.5
    /// Subjobs lie ready on a slave that are no longer than so many times the work that it is given ahead.
    static let longestReady = 8.0
    /// And no longer than this part of the time that each executor is busy.
    static let readyPart = 1.0 / 50

    /// Makes the subjobs of a build.
    ///
    /// Without any history each atom is a subjob of its own, in the order given. With history, the atoms come first that
    /// may take longest, by ``RunTimes/slow``, and share subjobs by what they should take, ``RunTimes/median``. Atoms that
    /// were never seen are taken to be as long as the longest known one. Where there are few atoms for each executor and
    /// longest first would end unevenly, each atom is a subjob of its own, in the order in which it begins by a plan of
    /// which executor runs what. An atom that occurs twice is two atoms. The result depends on nothing but the arguments;
    /// atoms of the same time keep their order, unless there is a plan.
    ///
    /// `history` has the seconds of each atom's last runs, newest first; `executors` is the number that may run the build
    /// at once.
    package static func subjobs(atoms: [Atom], history: [Atom: [Double]], executors: Int) -> [PlannedSubjob] {
        let times = atoms.map { history[$0].flatMap(RunTimes.init) }
        guard let longest = times.lazy.compactMap(\.?.median).max(), let slowest = times.lazy.compactMap(\.?.slow).max()
        else {
            return atoms.map { PlannedSubjob(atoms: [PlannedAtom(atom: $0, expectedTime: nil)], expectedTime: nil) }
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
        return arrange(entries, executors: max(1, executors)).map(subjob)
    }

    /// Cuts atoms into shares of the work that remains, in this order.
    static func group(_ entries: [Entry], executors: Int) -> [ArraySlice<Entry>] {
        var remaining = entries.reduce(0) { $0 + $1.cost }
        let shares = Shares(work: remaining, executors: executors)
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
    /// How long the next subjob may be.
    struct Shares {
        private let executors: Double
        private let least: Double

        /// Creates the shares of a build of so many seconds of work.
        init(work: Double, executors: Int) {
            self.executors = Double(executors)
            let part = work / self.executors * AtomGrouping.shortestPart
            // A single executor has nobody to end together with.
            least = executors > 1 ? min(AtomGrouping.shortestShare, part) : AtomGrouping.shortestShare
        }

        /// The seconds of the next subjob, when so much work is left.
        func share(ofRemaining work: Double) -> Double {
            let part = work / (AtomGrouping.sharesPerExecutor * executors)
            return min(AtomGrouping.longestShare, max(least, part))
        }
    }
}
