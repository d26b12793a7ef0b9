import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// Stragglers, atoms that run far longer than their history: a second run may end first.
///
/// Only for jobs with `speculate`, at the end of a build, on executors that would be idle.
extension BuildStateMachine {
    /// An atom that runs on one slave and could run on another too.
    struct Straggler: Sendable, Equatable {
        let subjob: SubjobID
        let atom: AtomIndex
        /// The slave that runs it.
        let slave: SlaveID
        /// The time at which it counts as a straggler, in uptime.
        let due: Duration
    }

    /// Finds the atoms that will need a second run if they do not end soon, the most overdue first.
    ///
    /// An atom runs at the earliest from its grant, or from its slave's last report if that is later, since it may have
    /// waited for that one. Slaves with more atoms than executors are left out: sharing their unbegun atoms comes
    /// first.
    func stragglers(_ policy: ClusterPolicy) -> [Straggler] {
        guard record.job?.speculate == true, state == .building, waiting.isEmpty, !isFailingFast else { return [] }
        return crew.flatMap { slave, member -> [Straggler] in
            guard member.isReady, member.unbegunAtoms == 0 else { return [] }
            return member.held.values.flatMap { lease in
                lease.outstanding.compactMap { straggler(lease, $0, slave, member, policy) }
            }
        }.sorted { ($0.due, $0.subjob, $0.atom) < ($1.due, $1.subjob, $1.atom) }
    }

    private func straggler(
        _ lease: Lease,
        _ atom: AtomIndex,
        _ slave: SlaveID,
        _ member: CrewMember,
        _ policy: ClusterPolicy
    ) -> Straggler? {
        guard let alone = subjobs[lease.subjob].atoms[atom].expectedTime,
            holders(of: lease.subjob, atom).count == 1
        else { return nil }
        // The atoms of a batch end together.
        let expected = record.job?.batch == true ? max(alone, lease.cost) : alone
        let limit = max(policy.leastStraggling.inSeconds, expected * policy.straggling / min(1, member.speed))
        let due = max(lease.at, member.lastReport) + .seconds(limit)
        return Straggler(subjob: lease.subjob, atom: atom, slave: slave, due: due)
    }

    /// Returns the uptime at which the next atom needs a second run, if an executor is free for it.
    func nextSecondRun(_ policy: ClusterPolicy) -> Duration? {
        stragglers(policy).first { helper(for: $0) != nil }?.due
    }

    /// Finds the fastest other slave with an idle executor, for the second run of an atom.
    func helper(for straggler: Straggler, if isSuitable: (SlaveID) -> Bool = { _ in true }) -> SlaveID? {
        crew.filter { $0.key != straggler.slave && $0.value.takesWork && $0.value.idleExecutors > 0 }
            .filter { isSuitable($0.key) }
            .min { ($1.value.speed, $0.key) < ($0.value.speed, $1.key) }?.key
    }

    /// Grants an atom that a slave runs to another one too.
    mutating func handOutAgain(
        _ straggler: Straggler,
        to slave: SlaveID,
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

    /// Finds the slaves that hold an atom, with their leases, except reserved ones.
    func holders(of index: SubjobID, _ atom: AtomIndex) -> [(slave: SlaveID, lease: LeaseID)] {
        subjobs[index].live.compactMap { live in
            guard let slave = live.slave, crew[slave]?.held[live.lease]?.outstanding.contains(atom) == true else {
                return nil
            }
            return (slave, live.lease)
        }
    }

    /// Stops the other runs of an atom that has its result.
    mutating func stopOthers(of index: SubjobID, _ atom: AtomIndex, _ decisions: inout ClusterDecisions) {
        guard subjobs[index].live.count > 1 || !awaited.isEmpty else { return }
        for (slave, lease) in holders(of: index, atom) {
            let cost = cost(index, atom)
            crew[slave]?.isOvertaken(atom, of: lease, cost: cost)
            let part = LeaseAtoms(lease: lease, atoms: [atom])
            decisions.effects.append(.instruct(slave: slave, .stop(build: id, [part])))
            guard crew[slave]?.held[lease]?.outstanding.isEmpty == true else { continue }
            _ = crew[slave]?.release(lease)
            subjobs[index].live.removeAll { $0.lease == lease }
            // The retry of atoms that failed under the lease had to wait for its end.
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
