import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import ClusterRunnerTerminal

/// What can be said of a build before it runs: how many atoms it has, how long it should take, and what limits that.
struct BuildForecast: Sendable, Equatable {
    /// How many atoms there are.
    let atoms: Int
    /// How many of them have no history.
    let new: Int
    /// How many run at a time.
    let executors: Int
    /// What is expected; nil when none of the atoms has a history.
    let expectation: Expectation?

    /// What history says.
    struct Expectation: Sendable, Equatable {
        /// The seconds of all atoms together.
        let work: Double
        /// In how many seconds the build should end.
        let makespan: Double
        /// The longest atom, and its seconds.
        let longest: Atom
        let longestSeconds: Double
    }

    /// Forecasts the run of atoms with the seconds of their last runs, newest first.
    ///
    /// Atoms without a history are taken to be as long as the others on average. The longest start first, as they do in
    /// builds.
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

    /// When the last executor ends, if each takes the longest atom that is left whenever it is free.
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
    /// The forecast in words, a line each.
    var lines: [String] {
        let news = new == 0 || new == atoms ? "" : ", \(new) of them new"
        let count = "\(atoms) atom\(atoms == 1 ? "" : "s")\(news)"
        let place = "\(executors) executor\(executors == 1 ? "" : "s")"
        guard let expectation else {
            return [count, "expected time with \(place): unknown, none of them has a history"]
        }
        let work = "\(TimeText.clock(expectation.work)) of work"
        let longest = "\(TimeText.seconds(expectation.longestSeconds)) s, \(expectation.longest.commandString)"
        return [
            count, "expected time with \(place): about \(TimeText.clock(expectation.makespan)) (\(work))",
            "longest atom: \(TerminalText.line(longest))", "limited by \(limit(expectation))",
        ]
    }

    /// What keeps the build from ending sooner.
    private func limit(_ expectation: Expectation) -> String {
        guard expectation.longestSeconds > 0 else { return "nothing but the start of commands" }
        let useful = Int((expectation.work / expectation.longestSeconds).rounded(.up))
        if executors >= min(useful, atoms) {
            return "the longest atom: more than \(useful) executor\(useful == 1 ? "" : "s") cannot help"
        }
        return "the number of executors: up to \(useful) would help"
    }

    /// The same as JSON.
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

/// The last finished build of a job, to compare with.
struct EarlierBuild: Sendable, Equatable {
    let id: Int
    let atoms: Int

    /// Below this part of the number before, atoms have probably been lost, not removed.
    private static let sharpFall = 0.75

    /// A sentence when the number of atoms fell sharply.
    func warning(of now: Int) -> String? {
        guard Double(now) < Double(atoms) * Self.sharpFall else { return nil }
        return "WARNING: build \(id) had \(atoms) atoms, and now there are \(now). Does the atomizer find everything?"
    }
}
