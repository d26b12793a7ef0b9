import ClusterRunnerDomain
import ClusterRunnerWire

/// The choice of the running atoms that take far longer than they did before.
///
/// One is told at twice its expected time, if that is ten seconds longer, and again each time it has doubled.
struct SlowAtoms: Sendable {
    /// The factor by which an atom exceeds its expected time, and what was told of it before.
    static let factor = 2.0
    /// The seconds by which an atom exceeds its expected time at least.
    static let leastExcess = 10.0

    /// The time of each atom when it was told.
    private var told: [AtomPosition: Double] = [:]

    /// Returns the atoms that are to be told now.
    mutating func news(in running: [RunningAtomRepresentation]) -> [RunningAtomRepresentation] {
        running.filter { atom in
            let position = AtomPosition(subjob: atom.subjob, atom: atom.id)
            // An atom that was begun once more is judged once more.
            if let before = told[position], before > atom.seconds { told[position] = nil }
            guard isSlow(atom, before: told[position]) else { return false }
            told[position] = atom.seconds
            return true
        }
    }

    private func isSlow(_ atom: RunningAtomRepresentation, before: Double?) -> Bool {
        guard let expected = atom.expected else { return false }
        if let before { return atom.seconds >= before * Self.factor }
        return atom.seconds >= max(expected * Self.factor, expected + Self.leastExcess)
    }
}
