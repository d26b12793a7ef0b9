package import ClusterRunnerConcurrency
package import ClusterRunnerDomain

extension BuildStateMachine {
    /// Counts the running atoms and estimates the time for the rest.
    ///
    /// It examines the slaves and their reported running atoms, never all atoms.
    func outlook(at now: Moment) -> BuildOutlook {
        let ready = crew.values.filter(\.isReady)
        let running = ready.reduce(0) { $0 + min($1.executors, $1.atoms) }
        return BuildOutlook(running: running, secondsLeft: secondsLeft(on: ready, at: now))
    }

    /// Estimates the seconds in which these slaves finish the build, with all executors busy to the end and at least as
    /// long as the longest remaining atom.
    ///
    /// The estimate is based on history, or without it on the pace of the build's subjobs so far.
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
    /// Returns the expected time of the longest atom that a slave holds but does not report as running; it may have
    /// just begun.
    private func longestUntold(of member: CrewMember) -> Double {
        let told = Set(member.running.keys.map(\.lease))
        return member.held.values.reduce(0) { longest, lease in
            guard !told.contains(lease.id), !lease.outstanding.isEmpty else { return longest }
            return max(longest, lease.cost / Double(lease.outstanding.count))
        }
    }
}

extension Cluster {
    /// Returns the outlook of an unfinished build; nil when there is no such build.
    package func outlook(build id: BuildID, at now: Moment) -> BuildOutlook? { builds[id]?.outlook(at: now) }
}
