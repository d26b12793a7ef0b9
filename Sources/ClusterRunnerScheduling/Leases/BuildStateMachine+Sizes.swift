import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile

/// The amount of work that a slave gets at a time, and its choice.
extension BuildStateMachine {
    /// Computes the expected costs of atoms by history.
    mutating func estimateCosts() {
        unknownCost = subjobs.lazy.flatMap(\.atoms).compactMap(\.expectedTime).max()
        allWork = 0
        waitingWork = 0
        for index in subjobs.ids {
            for position in subjobs[index].atoms.ids {
                let cost = cost(index, position)
                allWork += cost
                if subjobs[index].atoms[position].state == .notStarted { waitingWork += cost }
            }
        }
    }

    /// Returns the expected cost of an atom in seconds; 1 if the job has no history.
    func cost(_ index: SubjobID, _ position: AtomIndex) -> Double {
        max(AtomGrouping.leastTime, subjobs[index].atoms[position].expectedTime ?? unknownCost ?? 1)
    }

    /// Returns the expected cost of several atoms of a subjob.
    func cost(_ index: SubjobID, of positions: [AtomIndex]) -> Double { positions.reduce(0) { $0 + cost(index, $1) } }

    /// Returns the number of further subjobs that a slave should hold now.
    ///
    /// One runs per executor. With short subjobs, at least one more is kept ready, so that an executor never waits for
    /// a round trip. With very short ones, as many are kept ready as fill the time `ahead`, up to half of a fair share
    /// of the remaining work, so that the slaves end together. With long ones, a round trip does not matter, and a
    /// subjob kept ready behind one would only start late, unless there is no other executor. At the very end a slave
    /// gets only what it can start at once.
    func capacity(of slave: SlaveID, ahead: Duration) -> Int {
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

    /// Maximum length of a subjob that is kept ready, since it could start that late behind another one.
    ///
    /// With history, a small part of the time that the build keeps each executor busy, within the needs of round trips.
    private func longestReady(ahead: Double, executors: Int) -> Double {
        let most = ahead * AtomGrouping.longestReady
        guard unknownCost != nil else { return most }
        return max(ahead, min(most, allWork / Double(executors) * AtomGrouping.readyPart))
    }

    /// Counts the leases so long that no subjob need be ready behind them.
    private func longLeases(of member: CrewMember, _ limit: Double) -> Int {
        guard unknownCost == nil else { return member.held.values.count { $0.cost > limit } }
        return (pace.seconds ?? 0) > limit ? member.held.count : 0
    }

    private func subjobCost(_ index: SubjobID) -> Double {
        subjobs[index].atoms.ids.reduce(0) {
            subjobs[index].atoms[$1].state == .notStarted ? $0 + cost(index, $1) : $0
        }
    }

    /// Returns the first of a subjob's open atoms, as many as a slave should get at once.
    ///
    /// The share of the remaining work may have become smaller since the subjob was made, and a slow slave gets less.
    func share(of open: [AtomIndex], _ index: SubjobID, for slave: SlaveID) -> [AtomIndex] {
        guard open.count > 1, unknownCost != nil else { return open }
        let shares = AtomGrouping.Shares(
            work: allWork,
            executors: max(1, crew.total.executors),
            isBatch: record.job?.batch == true
        )
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

    /// Returns the speed of a slave relative to the mean of the build's slaves.
    func relativeSpeed(of slave: SlaveID) -> Double {
        guard let member = crew[slave], crew.total.speed > 0 else { return 1 }
        return member.speed * Double(crew.total.executors) / crew.total.speed
    }

    /// Finds the next subjob for a slave, as an index of ``waiting``.
    ///
    /// Subjobs that failed on the slave come last, and only when no other slave that could take them at once is better.
    func next(for slave: SlaveID) -> Int? {
        guard state == .building, let url = crew[slave]?.url, let last = waiting.last else { return nil }
        if !subjobs[last].tried.contains(url) { return placeOfFitting(slave) ?? waiting.count - 1 }
        let others = crew.filter { $0.key != slave && $0.value.takesWork }.map(\.value)
        if others.isEmpty { return waiting.count - 1 }
        if let untried = waiting.lastIndex(where: { !subjobs[$0].tried.contains(url) }) { return untried }
        let free = others.filter { $0.idleExecutors > 0 }
        return waiting.lastIndex { index in free.allSatisfy { subjobs[index].tried.contains($0.url) } }
    }

    /// Finds, for a slow slave, the first subjob that it would end no later than the rest of the build, even if the
    /// subjob took half as long again as expected; the smallest if none fits.
    private func placeOfFitting(_ slave: SlaveID) -> Int? {
        guard unknownCost != nil, waiting.count > 1, relativeSpeed(of: slave) < AtomGrouping.slow,
            let member = crew[slave]
        else { return nil }
        let time = (waitingWork + crew.total.backlog) / max(crew.total.speed, 0.001) * member.speed
        return waiting.lastIndex { index in
            guard let first = subjobs[index].atoms.ids.first(where: { subjobs[index].atoms[$0].state == .notStarted })
            else { return false }
            return cost(index, first) * AtomGrouping.caution <= time && !subjobs[index].tried.contains(member.url)
        } ?? 0
    }
}
