/// The content of a heartbeat.
package struct SlaveHeartbeat: Sendable, Equatable, Codable {
    /// The build that it works for; nil when it is idle.
    package let build: BuildID?
    /// The leases with waiting or running atoms on the slave.
    package let leases: [LeaseID]
    /// The atoms that have run for a second or more.
    package let running: [RunningAtom]

    /// Creates a heartbeat.
    package init(build: BuildID? = nil, leases: [LeaseID] = [], running: [RunningAtom] = []) {
        self.build = build
        self.leases = leases
        self.running = running
    }

    /// Decodes a heartbeat; `running` is optional.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        build = try container.decodeIfPresent(BuildID.self, forKey: .build)
        leases = try container.decode([LeaseID].self, forKey: .leases)
        running = try container.decodeIfPresent([RunningAtom].self, forKey: .running) ?? []
    }

    private enum CodingKeys: String, CodingKey {
        case build, leases, running
    }

    /// Encodes a heartbeat; an empty `running` is omitted.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(build, forKey: .build)
        try container.encode(leases, forKey: .leases)
        if !running.isEmpty { try container.encode(running, forKey: .running) }
    }
}

extension SlaveHeartbeat {
    /// Returns the delay of a slave's first heartbeat: a part of the interval that differs from slave to slave.
    ///
    /// After a restart of the master all slaves register at the same time; without the delay all their heartbeats would
    /// stay simultaneous. The fractional parts of multiples of the golden ratio are evenly spread for any number of
    /// slaves (D. Knuth, The Art of Computer Programming, volume 3, section 6.4).
    package static func firstPause(of slave: SlaveID, interval: Duration) -> Duration {
        let part = (Double(slave.rawValue) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1)
        return interval * (1 - part)
    }
}
