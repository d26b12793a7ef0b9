import ClusterRunnerJobFile

/// The atoms of one build, with their real durations and their history.
struct Work {
    /// The atoms; the value of each is its index.
    let atoms: [Atom]
    /// The duration of each on an executor of speed 1.
    let seconds: [Double]
    /// The history from earlier builds.
    let history: [Atom: [Double]]

    /// Draws a build.
    init(
        _ count: Int,
        _ distribution: Distribution,
        _ quality: HistoryQuality,
        _ suite: SuiteDurations,
        using generator: inout SeededGenerator
    ) {
        atoms = (0..<count).map { Atom(variable: "A", value: String($0)) }
        seconds = distribution.draw(count, suite, using: &generator)
        history = quality.draw(atoms, seconds, using: &generator)
    }

    /// The duration of all atoms together.
    var total: Double { seconds.reduce(0, +) }

    /// The duration of the longest atom.
    var longest: Double { seconds.max() ?? 0 }

    /// The expected durations; the longest known one for an unknown atom, nil without any history.
    var expected: [Double]? {
        let known = atoms.map { history[$0]?.first }
        guard let longest = known.compactMap(\.self).max() else { return nil }
        return known.map { $0 ?? longest }
    }
}
