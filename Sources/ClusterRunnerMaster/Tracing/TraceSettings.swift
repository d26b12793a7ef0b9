package import ClusterRunnerWire

/// The settings of traces.
package struct TraceSettings: Sendable {
    /// The URL that gets a POST of spans.
    package let url: NotificationURL
    /// The headers of each POST, beside those of its content.
    package let headers: [(name: String, value: String)]

    /// The longest wait for an answer.
    let timeout = Duration.seconds(10)
    /// The time that spans wait for others.
    let delay = Duration.seconds(1)
    /// The waits before the retries of a POST; after the last one its spans are dropped.
    let retries: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(16)]
    /// The maximum number of waiting spans; further ones are dropped.
    let queueLimit = 16_384
    /// The maximum number of spans in a POST.
    let batchLimit = 512
    /// The longest time that the end of the master waits for the last spans.
    let endingTime = Duration.seconds(2)

    /// Creates settings.
    package init(url: NotificationURL, headers: [(name: String, value: String)] = []) {
        self.url = url
        self.headers = headers
    }
}
