import ClusterRunnerPlugin

/// The complaint about a first argument that is no verb, which the argument parser does not explain.
struct UnknownVerb {
    let sentence: String

    /// Checks the arguments; nil when the first one is a verb, an option or missing.
    init?(_ arguments: [String], verbs: [String]) {
        guard let word = arguments.first, !word.hasPrefix("-"), word != "help", !verbs.contains(word) else {
            return nil
        }
        let nearest = nearestName(to: word, among: verbs).map { " Did you mean \"\($0)\"?" } ?? ""
        sentence = "There is no command \"\(word)\".\(nearest) See: clusterrunner --help"
    }
}
