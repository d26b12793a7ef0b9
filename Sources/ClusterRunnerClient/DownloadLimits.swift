/// The limits of the download of one remote file, besides its size.
///
/// Without them a server that sends a byte now and then, or a file system that does not answer, would hold a build, and
/// its place in the queue, for as long as it likes.
package struct DownloadLimits: Sendable {
    /// How long a server may take to begin its answer.
    package var answer: Duration
    /// How long the whole may take.
    package var total: Duration
    /// In each period at least ``leastBytes`` must come.
    package var period: Duration
    /// The bytes that must come in each ``period``.
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
