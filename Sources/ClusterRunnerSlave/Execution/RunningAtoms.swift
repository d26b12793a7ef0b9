import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// The running atoms of a build, by executor.
///
/// Shared by the executors, the heartbeats, the feed of console output and the slave's own API.
final class RunningAtoms: Sendable {
    /// A running atom.
    struct Run: Sendable {
        /// The atom, or the first of a batch.
        let claim: LeasedAtom
        /// The further atoms of a batch.
        var companions: [AtomIndex] = []
        /// The begin, in uptime.
        let begin: Duration
        /// Ends it early.
        fileprivate let killSwitch = CancellationSwitch()

        /// All atoms that run.
        var claims: [LeasedAtom] {
            [claim] + companions.map { LeasedAtom(lease: claim.lease, subjob: claim.subjob, atom: $0) }
        }
    }

    private struct State {
        var runs: [Int: Run] = [:]
        /// Stopped atoms that neither waited nor ran: they have ended, or an executor is about to begin them.
        var stopped: [LeaseID: Set<AtomIndex>] = [:]

        /// Whether nobody waits for any atom of a run.
        func isStopped(_ run: Run) -> Bool {
            guard let atoms = stopped[run.claim.lease] else { return false }
            return run.claims.allSatisfy { atoms.contains($0.atom) }
        }
    }

    private let state = Lock(State())

    /// The running atoms, by executor.
    var all: [Int: Run] { state.withLock { $0.runs } }

    /// Records an atom that begins at an uptime.
    ///
    /// A batch is one run, and is stopped with the last of its atoms.
    ///
    /// - Returns: The switch that ends it early; nil when it was stopped before it began.
    @discardableResult
    func begin(
        _ claim: LeasedAtom,
        with companions: [AtomIndex] = [],
        executor: Int,
        at begin: Duration
    ) -> CancellationSwitch? {
        state.withLock { state in
            let run = Run(claim: claim, companions: companions, begin: begin)
            state.runs[executor] = run
            return state.isStopped(run) ? nil : run.killSwitch
        }
    }

    /// Records the end of an executor's atom.
    func end(executor: Int) {
        state.withLock { $0.runs[executor] = nil }
    }

    /// Stops atoms, also those that an executor is about to begin.
    func stop(_ parts: [LeaseAtoms]) {
        let unwanted = state.withLock { state in
            for part in parts { state.stopped[part.lease, default: []].formUnion(part.atoms) }
            return state.runs.values.filter(state.isStopped)
        }
        for run in unwanted { run.killSwitch.cancel() }
    }

    /// Stops all atoms of leases.
    func drop(_ leases: [LeaseID]) {
        let unwanted = all.values.filter { leases.contains($0.claim.lease) }
        for run in unwanted { run.killSwitch.cancel() }
        state.withLock { state in
            for lease in leases { state.stopped[lease] = nil }
        }
    }
}
