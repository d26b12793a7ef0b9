import ClusterRunnerDomain
import ClusterRunnerSlave

/// A slave with the product's own queue, whose executors only let time pass.
struct SimulatedSlave {
    /// Its properties.
    let traits: Site.Slave
    /// Its number at the master; nil before its registration.
    var id: SlaveID?
    /// The build that it is set up for, with its work.
    var build: BuildID?
    var queue: ExecutorQueue
    /// The running atom of each executor.
    var running: [QueuedAtom?]
    /// The last lease of each executor.
    var lastLease: [LeaseID]
    /// Finished atoms that wait for the answer to earlier reports.
    var outbox: [AtomReport] = []
    /// The atoms to give back.
    var returned: [LeaseAtoms] = []
    var isReporting = false
    var isGone = false

    /// Whether there is anything to report.
    var hasMail: Bool { !outbox.isEmpty || !returned.isEmpty }

    init(_ traits: Site.Slave) {
        self.traits = traits
        queue = ExecutorQueue(executors: traits.executors)
        running = Array(repeating: nil, count: traits.executors)
        lastLease = Array(repeating: 0, count: traits.executors)
    }

    /// Begins another build, or the same one again.
    mutating func begin(_ build: BuildID) {
        self.build = build
        queue = ExecutorQueue(executors: traits.executors)
    }
}
