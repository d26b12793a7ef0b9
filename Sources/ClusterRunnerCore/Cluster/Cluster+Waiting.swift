/// What a build waits for, in words.
extension Cluster {
    /// What an unfinished build waits for now, as sentences without a full stop that are joined by semicolons.
    public func waitingFor(build id: Int, at now: Moment) -> String? {
        guard let build = builds[id] else { return nil }
        switch build.state {
        case .queued: return "its turn to be prepared"
        case .preparing:
            let begun = build.record.timestamps[.preparing] ?? now.wall
            return "its project to be fetched and its atoms to be listed, for \(seconds(now.wall - begun))"
        case .prepared, .building:
            let reasons = awaitedReasons(of: build, now) + slaveReasons(of: build, now) + workReasons(of: build, now)
            return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
        case .finished, .error, .canceled: return nil
        }
    }

    private func awaitedReasons(of build: BuildStateMachine, _ now: Moment) -> [String] {
        guard let until = build.awaitedUntil, !build.awaited.isEmpty else { return [] }
        let left = seconds((until - now.uptime).inSeconds)
        return ["\(counted(build.awaited.count, "subjob")) kept for slaves from before the restart, for \(left) more"]
    }

    private func slaveReasons(of build: BuildStateMachine, _ now: Moment) -> [String] {
        guard !build.crew.isEmpty else { return [reasonForNoSlave(build, now)] }
        return build.crew.sorted { $0.key < $1.key }.compactMap { id, member in
            guard let slave = slaveTable[id] else { return nil }
            if !slave.isConnected {
                let silence = now.uptime - slave.lastSeen
                return "slave \(id) lost \(seconds(silence.inSeconds)) ago, lease ends in "
                    + seconds((policy.slaveTimeout - silence).inSeconds)
            }
            guard !member.isReady else { return nil }
            return "slave \(id) to set up the build, for \(seconds((now.uptime - member.since).inSeconds))"
        }
    }

    private func reasonForNoSlave(_ build: BuildStateMachine, _ now: Moment) -> String {
        let alive = slaveTable.values.filter { $0.isAlive && !$0.isShuttingDown }.sorted { $0.id < $1.id }
        guard !alive.isEmpty else { return "no slave is connected" }
        let states = alive.prefix(5).map { slave in
            if let quarantine = quarantine(of: slave) {
                let left = seconds((quarantine.until.uptime - now.uptime).inSeconds)
                return "slave \(slave.id) is in quarantine for \(left)"
            }
            if let other = slave.build { return "slave \(slave.id) works for build \(other)" }
            return "slave \(slave.id) is not connected"
        }
        return "no slave is free: \(states.joined(separator: ", "))"
    }

    private func workReasons(of build: BuildStateMachine, _ now: Moment) -> [String] {
        let held = build.crew.flatMap { slave, member in member.held.values.map { (slave: slave, handOut: $0) } }
        guard !held.isEmpty else { return [] }
        let longest = held.sorted { ($0.handOut.at, $0.handOut.lease) < ($1.handOut.at, $1.handOut.lease) }
        let shown = longest.prefix(3).map { slave, handOut in
            let time = seconds((now.uptime - handOut.at).inSeconds)
            let expected = build.expectedSeconds(of: handOut).map { ", expected \(seconds($0))" } ?? ""
            return "\(handOut.subjob) on slave \(slave), running \(time)\(expected)"
        }
        return ["\(counted(build.openSubjobs, "subjob")) left: \(shown.joined(separator: "; "))"]
    }

    private func seconds(_ value: Double) -> String { "\(Int(min(max(0, value), 1e15).rounded())) s" }

    private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}

extension BuildStateMachine {
    /// How long the atoms of a hand-out should take by history; nil when one of them was never seen.
    fileprivate func expectedSeconds(of handOut: HandOut) -> Double? {
        var sum = 0.0
        for position in handOut.outstanding {
            guard let time = subjobs[handOut.subjob].atoms[position].expectedTime else { return nil }
            sum += time
        }
        return sum
    }
}
