package import ClusterRunnerPlugin

/// The choice of some of the atoms that a job lists, by patterns of their values.
package struct AtomFilter: Sendable, Equatable {
    private let patterns: [GlobPattern]

    /// Creates a filter; an atom is chosen if one of the patterns matches.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` without patterns, or with an
    ///   empty one.
    package init(_ patterns: [String]) throws(ClusterRunnerError) {
        guard !patterns.isEmpty else {
            throw ClusterRunnerError(.invalidArgument, "\"atoms_filter\" is empty, so no atom would be run.")
        }
        guard !patterns.contains("") else {
            throw ClusterRunnerError(.invalidArgument, "\"atoms_filter\" has an empty pattern, which matches no atom.")
        }
        self.patterns = patterns.map(GlobPattern.init)
    }

    /// Returns the matching atoms, in their order.
    ///
    /// A pattern matches the value below the project's folder. One that begins with the variable matches
    /// `VARIABLE=value`, and one that begins with `$PROJECT_DIR` the value as it is listed; others do not, because
    /// `[!a]*` would then match every atom.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` when a pattern matches no atom.
    package func apply(to atoms: [Atom], of job: String) throws(ClusterRunnerError) -> [Atom] {
        var unused = Set(patterns.indices)
        let chosen = atoms.filter { atom in
            let matching = patterns.indices.filter { Self.matches(patterns[$0], atom) }
            unused.subtract(matching)
            return !matching.isEmpty
        }
        if let first = unused.min() { throw fault(of: patterns[first], atoms, job) }
        return chosen
    }

    private static func matches(_ pattern: GlobPattern, _ atom: Atom) -> Bool {
        let (name, value) = (AtomName(atom), atom.value.escaped)
        return pattern.matches(name.value)
            || pattern.begins(with: "\(name.variable)=") && pattern.matches(name.assignment)
            || pattern.begins(with: "$PROJECT_DIR") && pattern.matches(value)
    }

    /// The number of values that an error names.
    private static let samples = 5

    private func fault(of pattern: GlobPattern, _ atoms: [Atom], _ job: String) -> ClusterRunnerError {
        let values = atoms.map { AtomName($0).value }
        let shown = values.prefix(Self.samples).map { excerpt(of: $0) }.joined(separator: ", ")
        let count = values.count == 1 ? "Its only atom is" : "Its \(values.count) atoms are"
        let more = values.count > Self.samples ? " and \(values.count - Self.samples) more" : ""
        let known = "\(count) \(shown)\(more)."
        guard let literal = pattern.literal else {
            let sentence = "No atom of the job \(excerpt(of: job)) matches the pattern \(excerpt(of: pattern.text))."
            return ClusterRunnerError(.failed, "\(sentence) \(known)")
        }
        let nearest = nearestName(to: literal, among: values).map { " Did you mean \(excerpt(of: $0))?" }
        let sentence = "The job \(excerpt(of: job)) lists no atom \(excerpt(of: literal))."
        return ClusterRunnerError(.failed, sentence + (nearest ?? " \(known)"))
    }
}
