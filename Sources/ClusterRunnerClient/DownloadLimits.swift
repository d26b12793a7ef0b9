/// The limits of one remote file's download, in addition to its size.
///
/// Without them, a server that sends a byte now and then, or a file system that does not answer, would hold a build and
/// its place in the queue without limit.
package struct DownloadLimits: Sendable {
    /// The longest wait for the begin of a server's answer.
    package var answer: Duration
    /// The longest time for the whole download.
    package var total: Duration
    /// The period in which at least ``leastBytes`` must arrive.
    package var period: Duration
    /// The minimum bytes of each ``period``.
    package var leastBytes: Int

    /// Creates limits.
    package init(
        answer: Duration = .seconds(30),
        total: Duration = .seconds(3600),
        period: Duration = .seconds(60),
        leastBytes: Int = 60_000
    ) {
        self.answer = answer
        self.total = total
        self.period = period
        self.leastBytes = leastBytes
    }
}
