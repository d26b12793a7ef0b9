package import ClusterRunnerConcurrency
package import ClusterRunnerDomain
import ClusterRunnerJobFile

/// Descriptions of what a build waits for.
extension Cluster {
    /// Describes what an unfinished build waits for now, for the end of a sentence that begins with "waiting for";
    /// parts are joined by semicolons.
    package func waitingFor(build id: BuildID, at now: Moment) -> String? { wait(of: id, at: now)?.text }

    /// Describes what an unfinished build waits for now, atoms that run and everything else apart.
    package func wait(of id: BuildID, at now: Moment) -> BuildWait? {
        guard let build = builds[id] else { return nil }
        switch build.state {
        case .queued: return BuildWait(hindrances: ["its turn to be prepared"])
        case .preparing:
            let begun = build.record.timestamps[.preparing] ?? now.wall
            let time = seconds(now.wall - begun)
            return BuildWait(hindrances: ["its project to be fetched and its atoms to be listed, for \(time)"])
        case .prepared, .building:
            return BuildWait(
                hindrances: awaitedReasons(of: build, now) + slaveReasons(of: build, now)
                    + uploadReasons(of: build, now),
                work: workReason(of: build, now)
            )
        case .finished, .error, .canceled: return nil
        }
    }

    private func awaitedReasons(of build: BuildStateMachine, _ now: Moment) -> [String] {
        guard let until = build.awaitedUntil, !build.awaited.isEmpty else { return [] }
        let left = seconds((until - now.uptime).inSeconds)
        let atoms = build.awaited.values.reduce(0) { $0 + $1.outstanding.count }
        return ["\(counted(atoms, "atom")) kept for slaves from before the restart, for \(left) more"]
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

    private func workReason(of build: BuildStateMachine, _ now: Moment) -> String? {
        let shown = atomsInProgress(of: build.record.id, at: now, limit: Self.shownAtoms)
        guard !shown.isEmpty else { return nil }
        return "\(counted(build.openAtoms, "atom")) left: \(shown.map(sentence).joined(separator: "; "))"
    }

    /// Maximum number of running atoms named.
    private static let shownAtoms = 3
    /// Maximum number of characters of an atom's name; the events of a build repeat it every second.
    private static let shownCharacters = 120

    private func sentence(_ running: AtomInProgress) -> String {
        let name = running.atom.title
        let short =
            name.unicodeScalars.count > Self.shownCharacters
            ? String(name.unicodeScalars.prefix(Self.shownCharacters - 1)) + "…" : name
        let expected = running.expected.map { $0 < 1 ? ", expected under 1 s" : ", expected \(age($0))" } ?? ""
        return "\(short) on \(running.slaveName ?? "slave \(running.slave)") for \(age(running.seconds))\(expected)"
    }

    private func seconds(_ value: Double) -> String { "\(Int(min(max(0, value), 1e15).rounded())) s" }

    private func age(_ time: Duration) -> String { age(time.inSeconds) }

    /// Formats a time, in seconds below two minutes and in minutes above.
    private func age(_ value: Double) -> String {
        value < 120 ? seconds(value) : "\(Int(min(value / 60, 1e15))) min"
    }

    private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}

/// What a build waits for, in words.
package struct BuildWait: Sendable, Equatable {
    /// Everything except running atoms, such as slaves that set the build up.
    let hindrances: [String]
    /// The atoms that are left, and those that have run longest; nil while none runs.
    var work: String?

    /// All of it; nil if there is nothing.
    package var text: String? { Self.joined(hindrances + (work.map { [$0] } ?? [])) }

    /// All of it except running atoms; nil if there is nothing.
    package var hindrance: String? { Self.joined(hindrances) }

    private static func joined(_ parts: [String]) -> String? {
        parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}

extension BuildStateMachine {
    /// The number of atoms without a result that are not given up.
    fileprivate var openAtoms: Int {
        let progress = record.progress
        return max(0, (progress.atoms ?? 0) - progress.completedAtoms - progress.unrunAtoms)
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
