package import ClusterRunnerDomain

/// The names of slaves for pages.
package struct SlaveNames: Sendable {
    private let names: [SlaveID: String]

    /// Takes the names from the slaves that the master knows; namesakes get their number.
    package init(_ slaves: [SlaveStatus] = []) {
        let known = Dictionary(slaves.compactMap { slave in slave.name.map { (slave.id, $0) } }) { $1 }
        let alive = slaves.filter(\.isAlive).compactMap(\.name)
        let counts = Dictionary(alive.map { ($0, 1) }, uniquingKeysWith: +)
        names = known.reduce(into: [:]) { names, slave in
            let isUnique = counts[slave.value, default: 0] <= 1
            names[slave.key] = isUnique ? slave.value : "\(slave.value) (\(slave.key))"
        }
    }

    /// Returns the name of a slave, or else its address or number.
    func title(_ slave: SlaveID, url: String? = nil) -> String { names[slave] ?? url ?? "slave \(slave)" }

    /// Returns a slave and the index of its executor.
    func place(_ slave: SlaveID, executor: Int?) -> String {
        executor.map { "\(title(slave)) / \($0)" } ?? title(slave)
    }
}
