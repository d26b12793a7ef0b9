package import ClusterRunnerConcurrency
package import ClusterRunnerDomain

/// Descriptions of what a build waits for.
extension Cluster {
    /// Describes what an unfinished build waits for now, for the end of a sentence that begins with "waiting for";
    /// parts are joined by semicolons.
    package func waitingFor(build id: BuildID, at now: Moment) -> String? {
        guard let build = builds[id] else { return nil }
        switch build.state {
        case .queued: return "its turn to be prepared"
        case .preparing:
            let begun = build.record.timestamps[.preparing] ?? now.wall
            return "its project to be fetched and its atoms to be listed, for \(seconds(now.wall - begun))"
        case .prepared, .building:
            let reasons =
                awaitedReasons(of: build, now) + slaveReasons(of: build, now) + uploadReasons(of: build, now)
                + workReasons(of: build, now)
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
        let waitedFor = build.crew.filter { id, member in
            slaveTable[id].map { !$0.isConnected || !member.isReady } ?? false
        }
        let shown = waitedFor.keys.smallest(Self.shownSlaves, by: <)
        let reasons = shown.compactMap { id -> String? in
            guard let slave = slaveTable[id], let member = waitedFor[id] else { return nil }
            guard slave.isConnected else {
                let silence = now.uptime - slave.lastSeen
                return "slave \(title(of: id)) lost \(seconds(silence.inSeconds)) ago, lease ends in "
                    + seconds((policy.slaveTimeout - silence).inSeconds)
            }
            return "slave \(title(of: id)) to set up the build, for \(age(now.uptime - member.since))"
        }
        let others = waitedFor.count - shown.count
        return others == 0 ? reasons : reasons + ["\(others) more \(others == 1 ? "slave" : "slaves")"]
    }

    /// Returns the name of a slave, with its number where others have the same name; without a name the number alone.
    func title(of id: SlaveID) -> String {
        guard let name = slaveTable[id]?.name else { return "\(id)" }
        let namesakes = slaveTable.values.lazy.filter { $0.isAlive && $0.name == name && $0.id != id }
        return namesakes.isEmpty ? name : "\(name) (\(id))"
    }

    /// Maximum number of slaves named; a sentence with hundreds would be unreadable and slow to make.
    private static let shownSlaves = 5

    private func reasonForNoSlave(_ build: BuildStateMachine, _ now: Moment) -> String {
        let alive = slaveTable.values.filter { $0.isAlive && !$0.isShuttingDown }.sorted { $0.id < $1.id }
        guard !alive.isEmpty else { return "a slave to connect" }
        let states = alive.prefix(Self.shownSlaves).map { slave in
            let title = title(of: slave.id)
            if isDrained(slave) { return "slave \(title) is drained" }
            if let quarantine = quarantine(of: slave) {
                let left = seconds((quarantine.until.uptime - now.uptime).inSeconds)
                return "slave \(title) is in quarantine for \(left)"
            }
            if case .tearingDown(let build) = slave.phase, let since = slave.tearingDownSince {
                return "teardown of build \(build) on slave \(title) for \(age(now.uptime - since))"
            }
            if let other = slave.build { return "slave \(title) works for build \(other)" }
            return "slave \(title) is not connected"
        }
        return "a free slave: \(states.joined(separator: ", "))"
    }

    private func uploadReasons(of build: BuildStateMachine, _ now: Moment) -> [String] {
        let refused = build.crew.keys.compactMap { id in slaveTable[id]?.refusedUpload.map { (id, $0) } }
        guard let (slave, upload) = refused.min(by: { ($0.1.since, $0.0) < ($1.1.since, $1.0) }) else { return [] }
        let others = refused.count == 1 ? "" : " and \(counted(refused.count - 1, "other"))"
        let time = age(now.uptime - upload.since)
        return ["room for the artifacts of slave \(title(of: slave))\(others), for \(time): \(upload.reason)"]
    }

    private func workReasons(of build: BuildStateMachine, _ now: Moment) -> [String] {
        let held = build.crew.lazy.flatMap { slave, member in
            member.held.values.lazy.map { (slave: slave, lease: $0) }
        }
        let longest = held.smallest(3) { ($0.lease.at, $0.lease.id) < ($1.lease.at, $1.lease.id) }
        guard !longest.isEmpty else { return [] }
        let shown = longest.map { slave, lease in
            let time = seconds((now.uptime - lease.at).inSeconds)
            let expected = build.expectedSeconds(of: lease).map { ", expected \(seconds($0))" } ?? ""
            return "\(lease.subjob) on slave \(title(of: slave)), running \(time)\(expected)"
        }
        return ["\(counted(build.openSubjobs, "subjob")) left: \(shown.joined(separator: "; "))"]
    }

    private func seconds(_ value: Double) -> String { "\(Int(min(max(0, value), 1e15).rounded())) s" }

    /// Formats an elapsed time, in seconds below two minutes and in minutes above.
    private func age(_ time: Duration) -> String {
        time < .seconds(120) ? seconds(time.inSeconds) : "\(time.components.seconds / 60) min"
    }

    private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}

extension BuildStateMachine {
    /// Returns the expected seconds of a lease's atoms by history; nil if one of them has none.
    fileprivate func expectedSeconds(of lease: Lease) -> Double? {
        var sum = 0.0
        for position in lease.outstanding {
            guard let time = subjobs[lease.subjob].atoms[position].expectedTime else { return nil }
            sum += time
        }
        return sum
    }
}

extension Sequence {
    /// Returns the first `count` elements in order, without sorting the others.
    func smallest(_ count: Int, by isBefore: (Element, Element) -> Bool) -> [Element] {
        var smallest: [Element] = []
        for element in self {
            if smallest.count == count {
                guard let last = smallest.last, isBefore(element, last) else { continue }
                smallest.removeLast()
            }
            smallest.insert(element, at: smallest.firstIndex { isBefore(element, $0) } ?? smallest.endIndex)
        }
        return smallest
    }
}
