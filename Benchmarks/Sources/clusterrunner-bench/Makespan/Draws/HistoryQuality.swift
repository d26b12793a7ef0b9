import ArgumentParser
import ClusterRunnerJobFile
import Foundation

/// The quality of the history of a build's atoms.
enum HistoryQuality: String, CaseIterable, Codable, ExpressibleByArgument {
    /// Each atom takes as long as before.
    case exact
    /// Each atom is off by a factor of its own, log-normal with sigma 0.3.
    case noisy
    /// A fifth of the atoms have no history; the others are exact.
    case missing
    /// No atom has a history.
    case none

    /// Draws the history of atoms with the given durations.
    func draw(_ atoms: [Atom], _ seconds: [Double], using generator: inout SeededGenerator) -> [Atom: [Double]] {
        var history: [Atom: [Double]] = [:]
        for (atom, seconds) in zip(atoms, seconds) {
            switch self {
            case .exact: history[atom] = [seconds]
            case .noisy: history[atom] = [seconds * exp(0.3 * generator.nextGaussian())]
            case .missing: if Int.random(in: 0..<5, using: &generator) > 0 { history[atom] = [seconds] }
            case .none: break
            }
        }
        return history
    }
}
