import ClusterRunnerPlugin
import ClusterRunnerScheduling
import ClusterRunnerWire

/// Posts notifications to a URL, signed by the digest of their bodies.
struct NotificationPost: Sendable {
    let sender: any NotificationSender
    let authenticator: MessageAuthenticator
    let timeout: Duration
    /// The name and version of this program, for receivers.
    let agent: String

    /// Makes one attempt to deliver a notification.
    ///
    /// - Throws: `CancellationError` when the surrounding task is canceled.
    func send(_ notification: NotificationWriter.Written, to url: NotificationURL) async throws -> NotificationOutcome {
        let headers = [
            (name: "Content-Type", value: "application/json"),
            (name: "User-Agent", value: agent),
            (name: HeaderName.delivery, value: notification.facts.id),
            (name: HeaderName.digest, value: try authenticator.digest(of: notification.bytes)),
        ]
        do {
            let reply = try await sender.post(notification.bytes, headers: headers, to: url, timeout: timeout)
            return NotificationOutcome(reply)
        } catch let error as NotificationUnreachable {
            return .failed(error.reason, isOutage: error.isOutage)
        }
    }
}

extension NotificationOutcome {
    /// Judges the answer of a receiver.
    init(_ reply: NotificationReply) {
        let text = reply.excerpt.isEmpty ? "" : ": \(excerpt(of: reply.excerpt, limit: 200))"
        let reason = "it answered with HTTP status \(reply.status)\(text)"
        self =
            switch reply.status {
            case 200..<300: .delivered
            case 300..<400: .refused("\(reason); redirections are not followed, so name the receiver's own URL")
            case 410: .rejected(reason)
            case 408, 425, 429: .failed(reason, retryAfter: reply.retryAfter)
            case 400..<500: .refused(reason)
            default: .failed(reason, retryAfter: reply.retryAfter)
            }
    }
}
