import ClusterRunnerDomain
import ClusterRunnerSlave

/// One slave: its queue is the product's, its executors only let time pass.
struct SimulatedSlave {
    /// What it is like.
    let traits: Site.Slave
    /// Its number at the master; nil before it has registered.
    var id: Int?
    /// The build it is set up for, with what it has to do.
    var build: Int?
    var queue: ExecutorQueue
    /// What each executor runs.
    var running: [QueuedAtom?]
    /// The lease that each executor ran last.
    var lastLease: [LeaseID]
    /// Finished atoms that wait for the answer to the reports before.
    var outbox: [AtomReport] = []
    /// What it gives back.
    var returned: [LeaseAtoms] = []
    var isReporting = false
    var isGone = false

    /// Whether there is something to report.
    var hasMail: Bool { !outbox.isEmpty || !returned.isEmpty }

    init(_ traits: Site.Slave) {
        self.traits = traits
        queue = ExecutorQueue(executors: traits.executors)
        running = Array(repeating: nil, count: traits.executors)
        lastLease = Array(repeating: 0, count: traits.executors)
    }

    /// Begins another build, or the same once more.
    mutating func begin(_ build: Int) {
        self.build = build
        queue = ExecutorQueue(executors: traits.executors)
    }
}
