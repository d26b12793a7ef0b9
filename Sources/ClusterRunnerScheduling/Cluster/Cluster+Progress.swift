package import ClusterRunnerConcurrency
package import ClusterRunnerDomain

extension Cluster {
    /// Returns the atoms of a build that have run longest, at most `limit`, longest first.
    ///
    /// Slaves name in their heartbeats the atoms that have run for a second or more. On its other executors a slave is
    /// taken to run the next atoms of its leases, since the later of their grant and its last report.
    package func atomsInProgress(
        of id: BuildID,
        at now: Moment,
        limit: Int = AtomInProgress.limit
    ) -> [AtomInProgress] {
        guard let build = builds[id] else { return [] }
        let running = build.crew.lazy.flatMap { slave, member in
            member.begunAtoms.lazy.map { (slave: slave, claim: $0.claim, begin: $0.begin) }
        }
        let longest = running.smallest(limit) {
            ($0.begin, $0.claim.subjob, $0.claim.atom) < ($1.begin, $1.claim.subjob, $1.claim.atom)
        }
        return longest.map { slave, claim, begin in
            let record = build.subjobs[claim.subjob].atoms[claim.atom]
            return AtomInProgress(
                subjob: claim.subjob,
                id: claim.atom,
                atom: record.atom,
                slave: slave,
                slaveName: slaveTable[slave]?.name == nil ? nil : title(of: slave),
                seconds: max(0, (now.uptime - begin).inSeconds),
                expected: record.expectedTime
            )
        }
    }
}

extension CrewMember {
    /// The atoms that it runs, with their starts in uptime: those that it named, and on its other executors the next
    /// atoms of its leases, of each lease the first before the second of any.
    fileprivate var begunAtoms: [(claim: LeasedAtom, begin: Duration)] {
        let named = running.map { (claim: $0.key, begin: $0.value) }
        let free = executors - named.count
        guard free > 0 else { return named }
        let next = held.values.lazy.flatMap { candidates(of: $0, limit: free) }
            .smallest(free) { ($0.rank, $0.begin, $0.claim.lease) < ($1.rank, $1.begin, $1.claim.lease) }
        return named + next.map { (claim: $0.claim, begin: max($0.begin, lastReport)) }
    }

    /// Returns the next atoms of a lease that it has not named; their rank is the number of earlier ones.
    private func candidates(of lease: Lease, limit: Int) -> [(rank: Int, claim: LeasedAtom, begin: Duration)] {
        let claims = lease.outstanding.lazy.map { LeasedAtom(lease: lease.id, subjob: lease.subjob, atom: $0) }
        return claims.prefix(limit + running.count).enumerated().filter { running[$0.element] == nil }
            .map { (rank: $0.offset, claim: $0.element, begin: lease.at) }
    }
}
