import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import ClusterRunnerTerminal

/// The forecast of a build: number of atoms, duration, and bottleneck.
struct BuildForecast: Sendable, Equatable {
    /// The number of atoms.
    let atoms: Int
    /// The number of atoms without history.
    let new: Int
    /// The number of executors.
    let executors: Int
    /// The expectation; nil when no atom has a history.
    let expectation: Expectation?

    /// The expectation from history.
    struct Expectation: Sendable, Equatable {
        /// The total seconds of all atoms.
        let work: Double
        /// The seconds until the build should end.
        let makespan: Double
        /// The longest atom, and its seconds.
        let longest: Atom
        let longestSeconds: Double
    }

    /// Creates the forecast for atoms with the seconds of their last runs, newest first.
    ///
    /// Atoms without history count as the average of the others. The longest start first, as in builds.
    init(atoms: [Atom], history: [Atom: [Double]], executors: Int) {
        let times = atoms.map { history[$0].flatMap(RunTimes.init)?.median }
        let known = times.compactMap(\.self)
        self.atoms = atoms.count
        self.executors = max(1, executors)
        new = atoms.count - known.count
        guard !known.isEmpty else {
            expectation = nil
            return
        }
        let average = known.reduce(0, +) / Double(known.count)
        let longest = zip(atoms, times).max { ($0.1 ?? -1) < ($1.1 ?? -1) }
        let seconds = times.map { $0 ?? average }
        expectation = longest.map { atom, time in
            Expectation(
                work: seconds.reduce(0, +),
                makespan: Self.makespan(of: seconds, on: max(1, executors)),
                longest: atom,
                longestSeconds: time ?? average
            )
        }
    }

    /// Returns the time at which the last executor ends, if each free executor takes the longest remaining atom.
    private static func makespan(of seconds: [Double], on executors: Int) -> Double {
        var ends = [Double](repeating: 0, count: min(executors, max(1, seconds.count)))
        for time in seconds.sorted(by: >) {
            guard let next = ends.indices.min(by: { ends[$0] < ends[$1] }) else { break }
            ends[next] += time
        }
        return ends.max() ?? 0
    }
}

extension BuildForecast {
    /// The forecast in words, one line each.
    var lines: [String] {
        let news = new == 0 || new == atoms ? "" : ", \(new) of them new"
        let count = "\(atoms) atom\(atoms == 1 ? "" : "s")\(news)"
        let place = "\(executors) executor\(executors == 1 ? "" : "s")"
        guard let expectation else {
            return [count, "expected time with \(place): unknown, none of them has a history"]
        }
        let work = "\(DurationText.clock(expectation.work)) of work"
        let longest = "\(DurationText.seconds(expectation.longestSeconds)) s, \(AtomName(expectation.longest).value)"
        return [
            count, "expected time with \(place): about \(DurationText.clock(expectation.makespan)) (\(work))",
            "longest atom: \(TerminalText.line(longest))", "limited by \(limit(expectation))",
        ]
    }

    /// Returns the bottleneck of the build.
    private func limit(_ expectation: Expectation) -> String {
        guard expectation.longestSeconds > 0 else { return "nothing but the start of commands" }
        let useful = Int((expectation.work / expectation.longestSeconds).rounded(.up))
        if executors >= min(useful, atoms) {
            return "the longest atom: more than \(useful) executor\(useful == 1 ? "" : "s") cannot help"
        }
        return "the number of executors: up to \(useful) would help"
    }

    /// The forecast as JSON.
    var json: [String: JSONValue] {
        [
            "num_atoms": .integer(atoms), "num_new_atoms": .integer(new), "executors": .integer(executors),
            "expected_seconds": expectation.map { .number($0.makespan) } ?? .null,
            "work_seconds": expectation.map { .number($0.work) } ?? .null,
            "longest_atom": expectation.map { .string($0.longest.commandString) } ?? .null,
            "longest_seconds": expectation.map { .number($0.longestSeconds) } ?? .null,
        ]
    }
}

/// The last finished build of a job, for comparison.
struct EarlierBuild: Sendable, Equatable {
    let id: BuildID
    let atoms: Int

    /// The ratio to the earlier number below which atoms were probably lost, not removed.
    private static let sharpFall = 0.75

    /// Returns a warning if the number of atoms fell sharply.
    func warning(of now: Int) -> String? {
        guard Double(now) < Double(atoms) * Self.sharpFall else { return nil }
        return "WARNING: build \(id) had \(atoms) atoms, and now there are \(now). Does the atomizer find everything?"
    }
}
