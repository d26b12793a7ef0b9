/// Slaves on which set-ups keep failing.
extension Cluster {
    /// A set-up failed, which may be the slave's fault or the build's.
    ///
    /// A build that fails on several slaves is to blame itself. A slave on which two builds in a row failed that failed
    /// nowhere else is kept out for a while, which doubles until a set-up succeeds on it.
    mutating func suspect(_ slave: Int, build: Int, at now: Moment, _ decisions: inout ClusterDecisions) {
        if builds[build]?.setupFailures.contains(where: { $0.slave != slave }) == true {
            for id in slaveTable.keys { slaveTable[id]?.failedSetups.remove(build) }
            return
        }
        slaveTable[slave]?.failedSetups.insert(build)
        guard let failed = slaveTable[slave]?.failedSetups, failed.count >= 2 else { return }
        slaveTable[slave]?.beginQuarantine(first: policy.quarantine, longest: policy.longestQuarantine, at: now)
        guard let quarantine = slaveTable[slave]?.quarantine else { return }
        decisions.record(
            .slaveQuarantined,
            at: now.wall,
            [
                "slave_id": .integer(slave), "url": .string(slaveTable[slave]?.url ?? ""),
                "seconds": .number(quarantine.pause.inSeconds),
                "builds": .array(failed.sorted().map(JSONValue.integer)),
            ]
        )
    }
}

extension SlaveStateMachine {
    /// A time during which a slave gets no build.
    public struct Quarantine: Sendable, Equatable {
        /// When it ends.
        public let until: Moment
        /// How long it is.
        public let pause: Duration
    }

    /// A set-up succeeded: nothing speaks against the slave any more.
    mutating func setupSucceeded() {
        failedSetups = []
        lastPause = nil
    }

    fileprivate mutating func beginQuarantine(first: Duration, longest: Duration, at now: Moment) {
        let pause = min(longest, lastPause.map { $0 * 2 } ?? first)
        lastPause = pause
        quarantine = Quarantine(
            until: Moment(wall: now.wall + pause.inSeconds, uptime: now.uptime + pause),
            pause: pause
        )
    }

    mutating func endQuarantine(at now: Moment) {
        if let quarantine, quarantine.until.uptime <= now.uptime { self.quarantine = nil }
    }
}
