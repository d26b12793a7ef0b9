package import ClusterRunnerConcurrency
package import ClusterRunnerDomain

/// Uploads that the master refuses for now.
extension Cluster {
    /// Records that the master refused a slave's artifacts for lack of space, with a reason, or accepted them, with
    /// nil.
    package mutating func uploadWasRefused(from slave: SlaveID, because reason: String?, at now: Moment) {
        guard let reason else {
            slaveTable[slave]?.refusedUpload = nil
            return
        }
        let since = slaveTable[slave]?.refusedUpload?.since ?? now.uptime
        slaveTable[slave]?.refusedUpload = RefusedUpload(reason: reason, since: since)
    }
}

/// Artifacts of a slave that wait for space on the master.
struct RefusedUpload: Sendable, Equatable {
    /// The last reason, without a full stop.
    let reason: String
    /// The time of the first refusal, in uptime.
    let since: Duration
}
