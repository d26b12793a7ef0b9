import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// How much a slave is given at a time, and what.
extension BuildStateMachine {
    /// Finds out what atoms should take by history.
    mutating func estimateCosts() {
        unknownCost = subjobs.lazy.flatMap(\.atoms).compactMap(\.expectedTime).max()
        allWork = 0
        waitingWork = 0
        for index in subjobs.indices {
            for position in subjobs[index].atoms.indices {
                let cost = cost(index, position)
                allWork += cost
                if subjobs[index].atoms[position].state == .notStarted { waitingWork += cost }
            }
        }
    }

    /// What an atom should take, in seconds; 1 if the job was never seen.
    func cost(_ index: Int, _ position: Int) -> Double {
        max(AtomGrouping.leastTime, subjobs[index].atoms[position].expectedTime ?? unknownCost ?? 1)
    }

    /// What atoms of a subjob should take together.
    func cost(_ index: Int, of positions: [Int]) -> Double { positions.reduce(0) { $0 + cost(index, $1) } }

    /// How many more subjobs a slave should hold now.
    ///
    /// One runs per executor. Where subjobs are short, at least one more is kept ready, so that an executor never waits for
    /// a round trip; where they are very short, as many as make the time `ahead`, but never over half of a fair share of
    /// what is left, so that the slaves end together. Where they are long, a round trip is nothing beside them, and what
    /// lies ready behind a long subjob would only run late, unless there is no other executor. At the very end a slave gets
    /// only what it can start at once.
    func capacity(of slave: Int, ahead: Duration) -> Int {
        guard let member = crew[slave], member.takesWork, state == .building else { return 0 }
        let total = crew.total.executors
        guard waiting.count > total, let last = waiting.last else { return min(waiting.count, member.idleExecutors) }
        let limit = longestReady(ahead: ahead.inSeconds, executors: total)
        let seconds = unknownCost == nil ? pace.seconds : subjobCost(last)
        let long = total == 1 ? 0 : longLeases(of: member, limit)
        let free = max(0, member.executors - long)
        let byPace = seconds.map { ahead.inSeconds / max($0, 0.0001) } ?? 1
        let fairShare = waiting.count * free / (2 * total)
        let mayWait = seconds.map { $0 <= limit } ?? true
        let extra = mayWait ? max(free, min(Int(Double(free) * min(byPace, 1000)), fairShare)) : 0
        return min(waiting.count, max(0, free + extra - (member.held.count - long)))
    }

    /// How long a subjob may take that lies ready: behind another one it could begin late by as much as that.
    ///
    /// With history, a small part of the time that the build keeps each executor busy, within what round trips demand.
    private func longestReady(ahead: Double, executors: Int) -> Double {
        let most = ahead * AtomGrouping.longestReady
        guard unknownCost != nil else { return most }
        return max(ahead, min(most, allWork / Double(executors) * AtomGrouping.readyPart))
    }

    /// How many leases keep an executor for so long that nothing need lie ready behind them.
    private func longLeases(of member: CrewMember, _ limit: Double) -> Int {
        guard unknownCost == nil else { return member.held.values.count { $0.cost > limit } }
        return (pace.seconds ?? 0) > limit ? member.held.count : 0
    }

    private func subjobCost(_ index: Int) -> Double {
        subjobs[index].atoms.indices.reduce(0) {
            subjobs[index].atoms[$1].state == .notStarted ? $0 + cost(index, $1) : $0
        }
    }

    /// The first of a subjob's open atoms, as many as a slave should be given at once: its share of the work that is left
    /// may have become smaller than it was when the subjob was made, and a slow slave gets less.
    func share(of open: [Int], _ index: Int, for slave: Int) -> [Int] {
        guard open.count > 1, unknownCost != nil else { return open }
        let shares = AtomGrouping.Shares(work: allWork, executors: max(1, crew.total.executors))
        let share = shares.share(ofRemaining: waitingWork) * min(1, relativeSpeed(of: slave))
        let costs = open.map { cost(index, $0) }
        guard costs.reduce(0, +) > share * AtomGrouping.tolerance else { return open }
        var (count, sum) = (1, costs[0])
        while count < open.count, sum + costs[count] <= share {
            sum += costs[count]
            count += 1
        }
        return Array(open.prefix(count))
    }

    /// How fast a slave is, compared with all that work for the build.
    func relativeSpeed(of slave: Int) -> Double {
        guard let member = crew[slave], crew.total.speed > 0 else { return 1 }
        return member.speed * Double(crew.total.executors) / crew.total.speed
    }

    /// Where in ``waiting`` the next subjob for a slave is.
    ///
    /// What was tried there in vain comes last, and only when no other slave that could take it at once is better.
    func next(for slave: Int) -> Int? {
        guard state == .building, let url = crew[slave]?.url, let last = waiting.last else { return nil }
        if !subjobs[last].tried.contains(url) { return placeOfFitting(slave) ?? waiting.count - 1 }
        let others = crew.filter { $0.key != slave && $0.value.takesWork }.map(\.value)
        if others.isEmpty { return waiting.count - 1 }
        if let untried = waiting.lastIndex(where: { !subjobs[$0].tried.contains(url) }) { return untried }
        let free = others.filter { $0.idleExecutors > 0 }
        return waiting.lastIndex { index in free.allSatisfy { subjobs[index].tried.contains($0.url) } }
    }

    /// For a slow slave, the first subjob that it would not end later than everything else ends, not even if that took half
    /// as long again as it should; the smallest if there is none.
    private func placeOfFitting(_ slave: Int) -> Int? {
        guard unknownCost != nil, waiting.count > 1, relativeSpeed(of: slave) < AtomGrouping.slow,
            let member = crew[slave]
        else { return nil }
        let time = (waitingWork + crew.total.backlog) / max(crew.total.speed, 0.001) * member.speed
        return waiting.lastIndex { index in
            guard let first = subjobs[index].atoms.firstIndex(where: { $0.state == .notStarted }) else { return false }
            return cost(index, first) * AtomGrouping.caution <= time && !subjobs[index].tried.contains(member.url)
        } ?? 0
    }
}
