/// A client that posts notifications.
package protocol NotificationSender: Sendable {
    /// Posts a body and returns the receiver's answer.
    ///
    /// Redirections are answers like any other.
    ///
    /// - Throws: ``NotificationUnreachable`` when there is no answer; `CancellationError` when the surrounding task is
    ///   canceled.
    func post(
        _ body: [UInt8],
        headers: [(name: String, value: String)],
        to url: NotificationURL,
        timeout: Duration
    ) async throws -> NotificationReply

    /// Closes the connections.
    func shutDown() async
}

/// The answer of a receiver.
package struct NotificationReply: Sendable, Equatable {
    /// The HTTP status.
    package let status: Int
    /// The wait that the receiver asked for.
    package let retryAfter: Duration?
    /// The beginning of the answer's text.
    package let excerpt: String

    /// Creates a reply.
    package init(status: Int, retryAfter: Duration? = nil, excerpt: String = "") {
        self.status = status
        self.retryAfter = retryAfter
        self.excerpt = excerpt
    }

    /// Returns the same with the beginning of the answer's text.
    package func with(excerpt: String) -> Self { Self(status: status, retryAfter: retryAfter, excerpt: excerpt) }
}

/// The lack of an answer.
package struct NotificationUnreachable: Error, Sendable, Equatable {
    /// The reason, without a full stop.
    package let reason: String
    /// Whether not even a connection was made.
    package let isOutage: Bool

    /// Creates the error.
    package init(reason: String, isOutage: Bool) {
        self.reason = reason
        self.isOutage = isOutage
    }
}
