import ClusterRunnerDomain

/// Failures of slaves in words: a reason that several have is told once, with all its slaves.
struct FailureList {
    private var groups: [(reason: String, slaves: [(url: String, count: Int)])] = []

    init(_ failures: [SlaveFailure]) {
        for failure in failures { add(failure) }
    }

    private mutating func add(_ failure: SlaveFailure) {
        guard let group = groups.firstIndex(where: { $0.reason == failure.reason }) else {
            return groups.append((failure.reason, [(failure.url, 1)]))
        }
        if let slave = groups[group].slaves.firstIndex(where: { $0.url == failure.url }) {
            groups[group].slaves[slave].count += 1
        } else {
            groups[group].slaves.append((failure.url, 1))
        }
    }

    /// The reasons in the order in which they first came, each with the slaves.
    var text: String {
        groups.map { reason, slaves in
            let places = slaves.map { $0.count == 1 ? $0.url : "\($0.url) (\($0.count) times)" }
            return "On \(places.joined(separator: ", ")): \(reason)"
        }.joined(separator: "\n")
    }
}
