package import ClusterRunnerConcurrency
package import ClusterRunnerDomain

extension BuildStateMachine {
    /// How many atoms run, and how long the rest should take.
    ///
    /// It looks at the slaves and at what runs there for long, never at all atoms.
    func outlook(at now: Moment) -> BuildOutlook {
        let ready = crew.values.filter(\.isReady)
        let running = ready.reduce(0) { $0 + min($1.executors, $1.atoms) }
        return BuildOutlook(running: running, secondsLeft: secondsLeft(on: ready, at: now))
    }

    /// The time in which these slaves do what is left, if all executors are busy to the end; at least as long as the atom
    /// that has longest to run.
    ///
    /// By history; without any by how long the subjobs of this build took so far.
    private func secondsLeft(on members: [CrewMember], at now: Moment) -> Double? {
        let speed = members.reduce(0.0) { $0 + Double($1.executors) * $1.speed }
        guard speed > 0, let seconds = unknownCost == nil ? pace.seconds : 1 else { return nil }
        var work = max(0, waitingWork) + awaited.values.reduce(0) { $0 + $1.cost }
        var longest = 0.0
        for member in members {
            work += max(0, member.backlog)
            longest = max(longest, longestUntold(of: member) * seconds / member.speed)
            for (claim, begin) in member.running {
                let cost = cost(claim.subjob, claim.atom)
                let done = min(cost, (now.uptime - begin).inSeconds * member.speed / max(seconds, 0.001))
                work -= max(0, done)
                longest = max(longest, (cost - done) * seconds / member.speed)
            }
        }
        return max(longest, max(0, work) * seconds / speed)
    }
}

extension BuildStateMachine {
    /// What the longest atom should take that a slave has and may just have begun: it did not say yet that it runs it.
    private func longestUntold(of member: CrewMember) -> Double {
        let told = Set(member.running.keys.map(\.lease))
        return member.held.values.reduce(0) { longest, lease in
            guard !told.contains(lease.id), !lease.outstanding.isEmpty else { return longest }
            return max(longest, lease.cost / Double(lease.outstanding.count))
        }
    }
}

extension Cluster {
    /// What is known of an unfinished build beyond its record; nil when there is no such build.
    package func outlook(build id: Int, at now: Moment) -> BuildOutlook? { builds[id]?.outlook(at: now) }
}
