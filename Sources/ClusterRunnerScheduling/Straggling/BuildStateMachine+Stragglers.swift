import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// Atoms that run far longer than they ever did: a second run may be done first.
///
/// Only for jobs with `speculate`, at the end of a build, on executors that would have nothing to do.
extension BuildStateMachine {
    /// An atom that one slave runs, and that another could run as well.
    struct Straggler: Sendable, Equatable {
        let subjob: Int
        let atom: Int
        /// The slave that runs it.
        let slave: Int
        /// When it has run far longer than it should, in uptime.
        let due: Duration
    }

    /// The atoms that would be run twice if they took much longer, the most overdue first.
    ///
    /// An atom runs since it was handed out, or since its slave last reported one if that was later: it may have waited for
    /// that. Slaves that have more atoms than executors are left out: what they have not begun is shared first.
    func stragglers(_ policy: ClusterPolicy) -> [Straggler] {
        guard record.job?.speculate == true, state == .building, waiting.isEmpty, !isFailingFast else { return [] }
        return crew.flatMap { slave, member -> [Straggler] in
            guard member.isReady, member.atoms <= member.executors else { return [] }
            return member.held.values.flatMap { lease in
                lease.outstanding.compactMap { straggler(lease, $0, slave, member, policy) }
            }
        }.sorted { ($0.due, $0.subjob, $0.atom) < ($1.due, $1.subjob, $1.atom) }
    }

    private func straggler(
        _ lease: Lease,
        _ atom: Int,
        _ slave: Int,
        _ member: CrewMember,
        _ policy: ClusterPolicy
    ) -> Straggler? {
        guard let expected = subjobs[lease.subjob].atoms[atom].expectedTime,
            holders(of: lease.subjob, atom).count == 1
        else { return nil }
        let limit = max(policy.leastStraggling.inSeconds, expected * policy.straggling / min(1, member.speed))
        let due = max(lease.at, member.lastReport) + .seconds(limit)
        return Straggler(subjob: lease.subjob, atom: atom, slave: slave, due: due)
    }

    /// When the next atom is to be run a second time, in uptime, if somebody is free for it.
    func nextSecondRun(_ policy: ClusterPolicy) -> Duration? {
        stragglers(policy).first { helper(for: $0) != nil }?.due
    }

    /// The slave that is to run an atom a second time: another one, with an executor that has nothing to do, the fastest.
    func helper(for straggler: Straggler) -> Int? {
        crew.filter { $0.key != straggler.slave && $0.value.takesWork && $0.value.idleExecutors > 0 }
            .min { ($1.value.speed, $0.key) < ($0.value.speed, $1.key) }?.key
    }

    /// Hands an atom that a slave runs to another one as well.
    mutating func handOutAgain(
        _ straggler: Straggler,
        to slave: Int,
        lease: LeaseID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) -> LeaseGrant {
        let index = straggler.subjob
        let executor = hold([straggler.atom], of: index, to: slave, lease: lease, at: now)
        subjobs[index].record.lease = lease
        noteParts(of: index, &decisions)
        decisions.record(
            .masterTriggeredSubjob,
            at: now.wall,
            [
                "build_id": .integer(id), "subjob_id": .integer(index), "slave_id": .integer(slave),
                "executor_id": .integer(executor), "atom_ids": [.integer(straggler.atom)], "is_second_run": true,
            ]
        )
        return leaseGrant(index, lease, [straggler.atom])
    }

    /// Who holds an atom, and under which lease; awaited leases are left out.
    func holders(of index: Int, _ atom: Int) -> [(slave: Int, lease: LeaseID)] {
        subjobs[index].live.compactMap { live in
            guard let slave = live.slave, crew[slave]?.held[live.lease]?.outstanding.contains(atom) == true else {
                return nil
            }
            return (slave, live.lease)
        }
    }

    /// An atom has its result: whoever else runs it must stop.
    mutating func stopOthers(of index: Int, _ atom: Int, _ decisions: inout ClusterDecisions) {
        guard subjobs[index].live.count > 1 || !awaited.isEmpty else { return }
        for (slave, lease) in holders(of: index, atom) {
            let cost = cost(index, atom)
            crew[slave]?.isOvertaken(atom, of: lease, cost: cost)
            let part = LeaseAtoms(lease: lease, atoms: [atom])
            decisions.effects.append(.instruct(slave: slave, .stop(build: id, [part])))
            guard crew[slave]?.held[lease]?.outstanding.isEmpty == true else { continue }
            _ = crew[slave]?.release(lease)
            subjobs[index].live.removeAll { $0.lease == lease }
            // What failed under the lease waited for its end.
            guard subjobs[index].hasFailedAtomsToRun else { continue }
            subjobs[index].isNewAttempt = true
            queue(index, &decisions)
        }
        for live in subjobs[index].live where live.slave == nil {
            awaited[live.lease]?.outstanding.removeAll { $0 == atom }
            guard awaited[live.lease]?.outstanding.isEmpty == true else { continue }
            awaited[live.lease] = nil
            subjobs[index].live.removeAll { $0.lease == live.lease }
        }
        if awaited.isEmpty { awaitedUntil = nil }
    }
}
