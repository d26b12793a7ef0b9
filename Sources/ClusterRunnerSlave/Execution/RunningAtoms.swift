import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// The running atoms of a build, by executor.
///
/// Shared by the executors, the heartbeats, the feed of console output and the slave's own API.
final class RunningAtoms: Sendable {
    /// A running atom.
    struct Run: Sendable {
        let claim: LeasedAtom
        /// The begin, in uptime.
        let begin: Duration
        /// Ends it early.
        fileprivate let killSwitch = CancellationSwitch()
    }

    private struct State {
        var runs: [Int: Run] = [:]
        /// Stopped atoms that neither waited nor ran: they have ended, or an executor is about to begin them.
        var stopped: [LeaseID: Set<AtomIndex>] = [:]
    }

    private let state = Lock(State())

    /// The running atoms, by executor.
    var all: [Int: Run] { state.withLock { $0.runs } }

    /// Records an atom that begins at an uptime.
    ///
    /// - Returns: The switch that ends it early; nil when it was stopped before it began.
    @discardableResult
    func begin(_ claim: LeasedAtom, executor: Int, at begin: Duration) -> CancellationSwitch? {
        state.withLock { state in
            let run = Run(claim: claim, begin: begin)
            state.runs[executor] = run
            return state.stopped[claim.lease]?.contains(claim.atom) == true ? nil : run.killSwitch
        }
    }

    /// Records the end of an executor's atom.
    func end(executor: Int) {
        state.withLock { $0.runs[executor] = nil }
    }

    /// Stops atoms, also those that an executor is about to begin.
    func stop(_ parts: [LeaseAtoms]) {
        state.withLock { state in
            for part in parts { state.stopped[part.lease, default: []].formUnion(part.atoms) }
        }
        cancel { claim in parts.contains { $0.lease == claim.lease && $0.atoms.contains(claim.atom) } }
    }

    /// Stops all atoms of leases.
    func drop(_ leases: [LeaseID]) {
        cancel { leases.contains($0.lease) }
        state.withLock { state in
            for lease in leases { state.stopped[lease] = nil }
        }
    }

    private func cancel(_ isUnwanted: (LeasedAtom) -> Bool) {
        let unwanted = all.values.filter { isUnwanted($0.claim) }
        for run in unwanted { run.killSwitch.cancel() }
    }
}
