/// What is kept of a slave's ``SlaveHealth``.
package struct SlaveHealthRecord: Sendable, Equatable {
    /// The slave's `host:port`.
    package let url: String
    /// The builds whose set-ups failed there, and nowhere else, since one last succeeded.
    package let failedSetups: [Int]
    /// The builds of which it could not run atoms that others could, since it last served one in order.
    package let failedRuns: [Int]
    /// How many seconds its last quarantine was; nil when there was none.
    package let lastPause: Double?
    /// When that ends, in seconds since 1970.
    package let quarantinedUntil: Double?
    /// When it last failed a build, in seconds since 1970.
    package let changedAt: Double

    /// Creates a record.
    package init(
        url: String,
        failedSetups: [Int],
        failedRuns: [Int] = [],
        lastPause: Double?,
        quarantinedUntil: Double?,
        changedAt: Double
    ) {
        self.url = url
        self.failedSetups = failedSetups
        self.failedRuns = failedRuns
        self.lastPause = lastPause
        self.quarantinedUntil = quarantinedUntil
        self.changedAt = changedAt
    }
}
