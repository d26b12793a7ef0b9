import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerScheduling

/// The cluster in numbers, for metrics and readiness.
struct ClusterTally: Sendable, Equatable {
    /// Number of unfinished builds in each state.
    private(set) var builds: [BuildState: Int] = [:]
    /// The longest time, in seconds, that one of them has been in each state.
    private(set) var longest: [BuildState: Double] = [:]
    /// Number of their incomplete subjobs.
    private(set) var openSubjobs = 0
    /// Number of slaves in each activity; slaves that departed are not counted.
    private(set) var slaves: [String: Int] = [:]
    /// Number of slaves in quarantine.
    private(set) var quarantined = 0
    /// Number of slaves that get no new work until somebody resumes them.
    private(set) var draining = 0
    /// Number of executors of all slaves.
    private(set) var executors = 0
    /// Number of executors with a subjob.
    private(set) var executorsInUse = 0

    /// Counts a cluster.
    init(of cluster: Cluster, at now: Moment) {
        for build in cluster.unfinishedRecords { count(build, at: now) }
        for slave in cluster.slaves where slave.isAlive { count(slave) }
    }

    /// Number of unfinished builds.
    var unfinishedBuilds: Int { builds.values.reduce(0, +) }

    private mutating func count(_ build: BuildRecord, at now: Moment) {
        builds[build.state, default: 0] += 1
        let seconds = build.timestamps[build.state].map { max(0, now.wall - $0) } ?? 0
        longest[build.state] = max(longest[build.state] ?? 0, seconds)
        openSubjobs += (build.progress.subjobs ?? 0) - build.progress.completedSubjobs
    }

    private mutating func count(_ slave: SlaveStatus) {
        slaves[slave.phase.label, default: 0] += 1
        if slave.quarantine != nil { quarantined += 1 }
        if slave.isDraining { draining += 1 }
        executors += slave.executors
        executorsInUse += slave.executorsInUse
    }
}

extension BuildState {
    /// The state as a label.
    var label: String { rawValue.lowercased() }
}

extension SlavePhase {
    /// The labels of the activities of slaves that the master counts on.
    static let labels = ["idle", "setting_up", "working", "tearing_down"]

    /// The activity as a label.
    var label: String {
        switch self {
        case .idle: "idle"
        case .settingUp: "setting_up"
        case .working: "working"
        case .tearingDown: "tearing_down"
        case .lost: "lost"
        }
    }
}
