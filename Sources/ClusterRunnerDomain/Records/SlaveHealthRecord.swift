/// The stored form of a slave's ``SlaveHealth``.
package struct SlaveHealthRecord: Sendable, Equatable {
    /// The slave's `host:port`.
    package let url: String
    /// The builds whose set-ups failed on this slave only, since its last successful one.
    package let failedSetups: [BuildID]
    /// The builds whose atoms it could not run although others could, since it last left a build in order.
    package let failedRuns: [BuildID]
    /// Seconds of its last quarantine; nil without one.
    package let lastPause: Double?
    /// The end of that quarantine, in seconds since 1970.
    package let quarantinedUntil: Double?
    /// Whether it gets no new work until somebody resumes it.
    package let isDrained: Bool
    /// The time of its last failure, in seconds since 1970.
    package let changedAt: Double

    /// Creates a record.
    package init(
        url: String,
        failedSetups: [BuildID],
        failedRuns: [BuildID] = [],
        lastPause: Double?,
        quarantinedUntil: Double?,
        isDrained: Bool = false,
        changedAt: Double
    ) {
        self.url = url
        self.failedSetups = failedSetups
        self.failedRuns = failedRuns
        self.lastPause = lastPause
        self.quarantinedUntil = quarantinedUntil
        self.isDrained = isDrained
        self.changedAt = changedAt
    }
}
