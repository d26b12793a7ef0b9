import ClusterRunnerDomain

/// The times from the death of a slave until one of its atoms ran again.
struct Recovery: Sendable {
    /// The time from its death until the master noticed.
    let unnoticed: Double
    /// The time from then until the atom was leased again.
    let waiting: Double
    /// The time from then until it ran.
    let starting: Double
    /// Whether an executor of the same build was idle on another slave when the master noticed.
    let couldStart: Bool

    /// Returns the recoveries of all atoms that a slave was running when it was killed.
    static func all(after kill: ChaosCluster.Kill, _ ledger: Ledger.Contents, _ history: ChaosHistory) -> [Recovery] {
        let losses = history.losses.filter { $0.slave == kill.url && $0.time >= kill.time }
        guard let loss = losses.first else { return [] }
        let interrupted = ledger.runs.filter { run in
            run.relay == kill.relay && run.start < kill.time && run.start > kill.time - 5
                && run.end.map { $0 > kill.time } != false
        }
        let couldStart = ledger.hasIdleExecutor(at: loss.time, without: kill.relay)
        return interrupted.compactMap { run in
            let handOuts = history.handOuts[ChaosHistory.subjob(run.subjob, of: run.build)] ?? []
            guard let handOut = handOuts.first(where: { $0.time >= loss.time && $0.contains(run.position) }),
                let again = ledger.runs.first(where: {
                    $0.build == run.build && $0.atom == run.atom && $0.start >= handOut.time
                })
            else { return nil }
            return Recovery(
                unnoticed: loss.time - kill.time,
                waiting: handOut.time - loss.time,
                starting: again.start - handOut.time,
                couldStart: couldStart(run.build)
            )
        }
    }
}

extension Ledger.Contents {
    /// Tells of a build whether one of its executors on another machine is idle at a time.
    ///
    /// An executor is idle after a tenth of a second without an atom: the time between two atoms is much shorter.
    fileprivate func hasIdleExecutor(at time: Double, without relay: Int) -> (BuildID) -> Bool {
        let before = turns.filter { $0.time < time - 0.1 && $0.relay != relay }
        let last = Dictionary(before.map { ($0.relay, $0) }) { $1 }.values.filter(\.isSetup)
        return { build in
            last.contains { turn in
                let busy = runs.count {
                    $0.relay == turn.relay && $0.start < time + 0.05 && ($0.end ?? .infinity) > time - 0.1
                }
                return turn.build == build && busy < ChaosCluster.executors
            }
        }
    }
}
