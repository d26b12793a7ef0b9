package import ClusterRunnerConcurrency
package import ClusterRunnerDomain

extension Cluster {
    /// Returns the atoms of a build that have run longest, at most ``AtomInProgress/limit``, longest first.
    ///
    /// It knows what slaves said in their heartbeats: atoms that have run for a second or more.
    package func atomsInProgress(of id: BuildID, at now: Moment) -> [AtomInProgress] {
        guard let build = builds[id] else { return [] }
        let running = build.crew.lazy.flatMap { slave, member in
            member.running.lazy.map { (slave: slave, claim: $0.key, begin: $0.value) }
        }
        let longest = running.smallest(AtomInProgress.limit) {
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
