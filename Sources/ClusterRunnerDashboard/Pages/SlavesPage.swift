import ClusterRunnerConcurrency
package import ClusterRunnerDomain
import ClusterRunnerPlugin

/// The slaves known to the master.
package struct SlavesPage: Page {
    package static let template = Template.slaves
    package let title = "Slaves"
    package let section: Section? = .slaves
    package let feed: LiveFeed? = .everything
    let rows: [SlaveLine]
    let isEmpty: Bool
    let summary: String

    /// Creates the page; lost slaves come last.
    package init(_ slaves: [SlaveStatus], now: Double) {
        let alive = slaves.filter(\.isAlive)
        rows = (alive + slaves.filter { !$0.isAlive }).map { SlaveLine($0, now: now) }
        isEmpty = rows.isEmpty
        let executors = alive.reduce(0) { $0 + $1.executors }
        let inUse = alive.reduce(0) { $0 + $1.executorsInUse }
        summary = "\(grouped(alive.count)) connected, \(grouped(inUse)) of \(grouped(executors)) executors in use"
    }
}

/// A slave and its events.
package struct SlavePage: Page {
    package static let template = Template.slave
    package let title: String
    package let section: Section? = .slaves
    package let feed: LiveFeed? = .everything
    let id: SlaveID
    let line: SlaveLine?
    let name: String
    let events: [Event]

    /// The maximum number of shown events.
    package static let eventLimit = 200

    /// An event of the slave.
    struct Event: Sendable {
        let time: TimeText
        let badge: Badge
        let build: BuildID?
        let buildPath: String?
        let note: String?

        init(_ event: StoredEvent, now: Double) {
            let data = event.data
            time = TimeText(event.timestamp, now: now)
            build = data["build_id"]?.integer.map { BuildID($0) }
            buildPath = build.map { DashboardPath.build($0, .timeline) }
            switch EventTag(rawValue: event.tag) {
            case .slaveConnected:
                badge = Badge("Registered", .passed)
                note = data["num_executors"]?.integer.map { $0 == 1 ? "1 executor" : "\($0) executors" }
            case .slaveLost:
                badge = Badge("Lost", .failed)
                note = data["reason"]?.string
            case .slaveQuarantined:
                badge = Badge("Quarantined", .flaky)
                note = data["reason"]?.string ?? "Set-ups of different builds kept failing on it."
            case .slaveShutdown:
                badge = Badge("Told to leave", .canceled)
                note = nil
            case .slaveDrained:
                badge = Badge("Drained", .flaky)
                note = nil
            case .slaveResumed:
                badge = Badge("Resumed", .passed)
                note = nil
            case .buildSetupStart:
                badge = Badge("Set-up began", .running)
                note = nil
            case .buildSetupFinish:
                let succeeded = data["is_success"] == true
                badge = succeeded ? Badge("Set up", .passed) : Badge("Set-up failed", .failed)
                note = nil
            default:
                badge = Badge(event.tag, .waiting)
                note = nil
            }
        }
    }

    /// Creates the page; `status` is nil when the master no longer knows the slave.
    package init(_ id: SlaveID, status: SlaveStatus?, events: [StoredEvent], now: Double) {
        self.id = id
        line = status.map { SlaveLine($0, now: now) }
        let url = status?.url ?? events.lazy.compactMap { $0.data["url"]?.string }.first
        name = status?.name ?? url ?? "Slave \(id)"
        title = "Slave \(name)"
        self.events = events.map { Event($0, now: now) }
    }
}

/// One slave of a list.
struct SlaveLine: Sendable {
    let id: SlaveID
    let path: String
    let name: String?
    let version: String?
    let url: String
    let badge: Badge
    let executors: String
    let inUse: String
    /// The part of its executors that is in use, in thousandths.
    let inUseWidth: Int
    let description: String
    let build: BuildID?
    let buildPath: String?
    let quarantinedUntil: TimeText?

    init(_ slave: SlaveStatus, now: Double) {
        id = slave.id
        path = DashboardPath.slave(slave.id)
        name = slave.name
        version = slave.version
        url = slave.url
        executors = grouped(slave.executors)
        inUse = grouped(slave.executorsInUse)
        inUseWidth = slave.executors == 0 ? 0 : min(1000, slave.executorsInUse * 1000 / slave.executors)
        description = "\(slave.executorsInUse) of \(slave.executors) executors are in use"
        build = slave.build
        buildPath = slave.build.map { DashboardPath.build($0) }
        quarantinedUntil = slave.quarantine.map { TimeText($0.until.wall, now: now) }
        badge = Self.badge(slave)
    }

    private static func badge(_ slave: SlaveStatus) -> Badge {
        if slave.isAlive, !slave.isConnected { return Badge("Connection lost", .flaky) }
        if slave.isAlive, slave.isShuttingDown { return Badge("Leaves", .canceled) }
        if slave.isAlive, slave.isDraining { return Badge(slave.build == nil ? "Drained" : "Draining", .flaky) }
        switch slave.phase {
        case .lost: return slave.isShuttingDown ? Badge("Ended", .canceled) : Badge("Lost", .failed)
        case .idle: return slave.quarantine == nil ? Badge("Idle", .waiting) : Badge("Quarantined", .flaky)
        case .settingUp: return Badge("Sets up", .running)
        case .working: return Badge("Works", .running)
        case .tearingDown: return Badge("Tears down", .running)
        }
    }
}
