/// What a slave says with each sign of life.
package struct SlaveHeartbeat: Sendable, Equatable, Codable {
    /// The build that it works for; nil when it is idle.
    package let build: Int?
    /// The leases under which atoms of the build wait or run there.
    package let leases: [LeaseID]
    /// The atoms that have run for a while.
    package let running: [RunningAtom]

    /// Creates a heartbeat.
    package init(build: Int? = nil, leases: [LeaseID] = [], running: [RunningAtom] = []) {
        self.build = build
        self.leases = leases
        self.running = running
    }

    /// Decodes a heartbeat; `running` may be left out.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        build = try container.decodeIfPresent(Int.self, forKey: .build)
        leases = try container.decode([LeaseID].self, forKey: .leases)
        running = try container.decodeIfPresent([RunningAtom].self, forKey: .running) ?? []
    }

    private enum CodingKeys: String, CodingKey {
        case build, leases, running
    }

    /// Encodes a heartbeat; without anything that runs, nothing is said of it.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(build, forKey: .build)
        try container.encode(leases, forKey: .leases)
        if !running.isEmpty { try container.encode(running, forKey: .running) }
    }
}

extension SlaveHeartbeat {
    /// How long a slave waits with its first heartbeat: a part of the interval that differs from slave to slave.
    ///
    /// When a master comes back, all slaves register at once; without this their heartbeats would come at once for ever.
    /// Multiples of the golden ratio, less their whole parts, are spread evenly however many there are (D. Knuth, The Art of
    /// Computer Programming, volume 3, section 6.4).
    package static func firstPause(of slave: Int, interval: Duration) -> Duration {
        let part = (Double(slave) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1)
        return interval * (1 - part)
    }
}
