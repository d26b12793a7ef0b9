import ArgumentParser

/// The slaves of a simulated cluster.
struct Site {
    /// The slaves.
    var slaves: [Slave]

    /// A slave of a simulated cluster.
    struct Slave {
        /// The number of executors.
        var executors: Int
        /// The speed: an atom of one second takes `1 / speed`.
        var speed = 1.0
        /// The time of its registration, in seconds since the build began.
        var joins = 0.0
        /// The time at which it falls silent.
        var leaves: Double?
    }

    /// The number of all executors.
    var executors: Int { slaves.reduce(0) { $0 + $1.executors } }

    /// Creates slaves of at most 8 executors, and at least two slaves unless there is a single executor.
    init(executors: Int) {
        let size = max(1, min(8, executors / 2))
        slaves = stride(from: 0, to: executors, by: size).map { Slave(executors: min(size, executors - $0)) }
    }

    /// Returns the minimum time for the work: until `T` each executor does `speed` seconds of work a second from when
    /// it joins to when it leaves, and the longest atom runs on the fastest executor.
    ///
    /// The bound has no costs for messages, for starting atoms, for unknown durations, and for the work of lost slaves.
    func lowerBound(total: Double, longest: Double) -> Double {
        let fastest = slaves.filter { $0.leaves == nil }.map { $0.joins + longest / $0.speed }.min() ?? 0
        var (low, high) = (0.0, slaves.map(\.joins).reduce(0, max) + total * 4)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            let done = slaves.reduce(0.0) { sum, slave in
                let busy = max(0, min(middle, slave.leaves ?? middle) - slave.joins)
                return sum + Double(slave.executors) * slave.speed * busy
            }
            if done >= total { high = middle } else { low = middle }
        }
        return max(high, fastest)
    }
}

/// The events of slaves during a build.
enum Scenario: String, CaseIterable, Codable, ExpressibleByArgument {
    /// No events.
    case steady
    /// A quarter of the slaves, at least one, joins after 30 % of the time.
    case late
    /// One slave has half the speed of the others, which the master learns during the build.
    case slow
    /// One slave has half the speed of the others, which the master knows from an earlier build.
    case slowAndKnown = "slow, known"
    /// One slave falls silent after half of the time.
    case lost

    /// Returns the site of this scenario for a build of some work.
    func site(executors: Int, total: Double, longest: Double) -> Site {
        var site = Site(executors: executors)
        let bound = site.lowerBound(total: total, longest: longest)
        switch self {
        case .steady: break
        case .late: for index in 0..<max(1, site.slaves.count / 4) { site.slaves[index].joins = 0.3 * bound }
        case .slow, .slowAndKnown: site.slaves[0].speed = 0.5
        case .lost: site.slaves[0].leaves = 0.5 * bound
        }
        return site
    }
}
