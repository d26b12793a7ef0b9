import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The choice of a slave by its number, or by its name where only one has it.
struct SlaveChoice: Sendable {
    let text: String

    /// Finds the slave among the connected ones.
    ///
    /// - Throws: ``ClusterRunnerError`` with the names that there are.
    func find(among slaves: [SlaveRepresentation]) throws -> SlaveRepresentation {
        let alive = slaves.filter(\.isAlive)
        let named = alive.filter { $0.name == text }
        guard named.count < 2 else {
            let numbers = named.map { "\($0.id) at \($0.url)" }.joined(separator: ", ")
            throw ClusterRunnerError(
                .invalidArgument,
                "Several slaves have the name \"\(text)\": \(numbers). Give the number of one."
            )
        }
        if let slave = named.first ?? alive.first(where: { "\($0.id)" == text }) { return slave }
        let names = Set(alive.compactMap(\.name)).sorted()
        let hint =
            nearestName(to: text, among: names).map { "Did you mean \"\($0)\"?" }
            ?? "List the slaves with: clusterrunner slaves"
        throw ClusterRunnerError(.notFound, "No connected slave has the name or number \"\(text)\". \(hint)")
    }
}
