import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// The consequences of an event for builds and their slaves, in their order.
extension Cluster {
    /// Continues builds after their slaves left: ends those that waited for that only, and grants the slaves' work
    /// again.
    mutating func proceed(with builds: [BuildID], at now: Moment, _ decisions: inout ClusterDecisions) {
        for build in builds {
            endIfComplete(build, at: now, &decisions)
            pushWork(of: build, at: now, &decisions)
            shareWork(of: build, &decisions)
            dismissIdle(of: build, at: now, &decisions)
        }
        allocate(at: now, &decisions)
    }

    /// Ends a build that is complete, and releases its slaves.
    mutating func endIfComplete(_ build: BuildID, at now: Moment, _ decisions: inout ClusterDecisions) {
        builds[build]?.finishIfComplete(at: now, &decisions)
        retireIfEnded(build, at: now, &decisions)
    }

    /// Settles a slave of a build that was just offered work: shares the work of others with it, or lets it go.
    mutating func settle(
        _ slave: SlaveID,
        in build: BuildID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        shareWork(of: build, &decisions)
        dismissIfDone(slave, at: now, &decisions)
        allocate(at: now, &decisions)
    }
}
