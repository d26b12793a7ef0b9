import ClusterRunnerJobFile

/// The atoms of one build: how long each really takes, and what the history says.
struct Work {
    /// The atoms; the value of each is its index.
    let atoms: [Atom]
    /// How long each takes on an executor of speed 1.
    let seconds: [Double]
    /// What earlier builds left behind.
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

    /// How long all atoms take together.
    var total: Double { seconds.reduce(0, +) }

    /// How long the longest atom takes.
    var longest: Double { seconds.max() ?? 0 }

    /// What history expects of each atom; the longest known time where it knows nothing, nil when it knows nothing at all.
    var expected: [Double]? {
        let known = atoms.map { history[$0]?.first }
        guard let longest = known.compactMap(\.self).max() else { return nil }
        return known.map { $0 ?? longest }
    }
}
