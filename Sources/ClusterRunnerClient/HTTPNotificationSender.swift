import AsyncHTTPClient
import ClusterRunnerConcurrency
import ClusterRunnerPlugin
package import ClusterRunnerWire
import Foundation
import NIOCore
import NIOHTTP1

/// Posts notifications over http and https.
///
/// Connections stay open between requests; ``shutDown()`` must be called.
package final class HTTPNotificationSender: NotificationSender {
    private let client: HTTPClient

    /// The most that is read of an answer.
    private static let answerLimit = 64 << 10
    /// The bytes of an answer that are shown.
    private static let excerptLimit = 400

    /// Creates a sender; `trustedCertificate` is a PEM file with a certificate to trust in addition to the system's.
    package init(trustedCertificate: String? = nil) {
        let configuration = HTTPClient.Configuration.withoutRetries(trusting: trustedCertificate)
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    package func shutDown() async {
        // The only possible error is an earlier shutdown.
        try? await client.shutdown()
    }

    package func post(
        _ body: [UInt8],
        headers: [(name: String, value: String)],
        to url: NotificationURL,
        timeout: Duration
    ) async throws -> NotificationReply {
        var request = HTTPClientRequest(url: url.address)
        request.method = .POST
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        if let authorization = url.authorization { request.headers.add(name: "Authorization", value: authorization) }
        request.body = .bytes(ByteBuffer(bytes: body))
        let arrived = Lock<NotificationReply?>(nil)
        do {
            return try await within(timeout) { [client, request] in
                let response = try await client.execute(request, timeout: TimeAmount(timeout))
                let reply = Self.reply(response)
                arrived.withLock { $0 = reply }
                return await reply.with(excerpt: Self.excerpt(of: response))
            }
        } catch {
            try Task.checkCancellation()
            // The status has arrived and says all that counts, whatever became of the rest of the answer.
            if let reply = arrived.withLock({ $0 }) { return reply }
            throw Self.unreachable(error, timeout)
        }
    }

    /// Runs a request with a limit for the whole of it, the end of the answer included.
    private func within(
        _ timeout: Duration,
        _ operation: @escaping @Sendable () async throws -> NotificationReply
    ) async throws -> NotificationReply {
        try await withThrowingTaskGroup(of: NotificationReply.self) { group in
            group.addTask { try await operation() }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw HTTPClientError.deadlineExceeded
            }
            defer { group.cancelAll() }
            guard let reply = try await group.next() else { throw CancellationError() }
            return reply
        }
    }
}

extension HTTPNotificationSender {
    private static func reply(_ response: HTTPClientResponse) -> NotificationReply {
        NotificationReply(
            status: Int(response.status.code),
            retryAfter: RetryAfter(response.headers.first(name: "Retry-After"))?.wait(from: Date())
        )
    }

    /// Reads an answer up to a limit, so that its connection can be used again, and returns its beginning.
    private static func excerpt(of response: HTTPClientResponse) async -> String {
        var (kept, count): ([UInt8], Int) = ([], 0)
        do {
            for try await piece in response.body {
                kept += piece.readableBytesView.prefix(excerptLimit - kept.count)
                count += piece.readableBytes
                guard count <= answerLimit else { break }
            }
        } catch {
            // An answer that broke off has a status all the same.
        }
        return String(decoding: kept, as: UTF8.self)
    }

    private static func unreachable(_ error: any Error, _ timeout: Duration) -> NotificationUnreachable {
        if let error = error as? HTTPClientError, [.deadlineExceeded, .readTimeout, .writeTimeout].contains(error) {
            return NotificationUnreachable(reason: "it did not answer within \(timeout)", isOutage: false)
        }
        let failure = ConnectionFailure(error)
        return NotificationUnreachable(reason: failure.reason, isOutage: failure.stage == .connecting)
    }
}

/// The value of a header `Retry-After`: seconds, or a date.
struct RetryAfter {
    private enum Value {
        case seconds(Int)
        case date(Date)
    }

    private let value: Value

    /// Parses a header's value; nil when it is neither.
    init?(_ text: String?) {
        guard let text else { return nil }
        if let seconds = Int(text), seconds >= 0 {
            value = .seconds(min(seconds, 1 << 30))
            return
        }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        guard let date = format.date(from: text) else { return nil }
        value = .date(date)
    }

    /// Returns the wait from a moment on.
    func wait(from now: Date) -> Duration {
        switch value {
        case .seconds(let seconds): .seconds(seconds)
        case .date(let date): .seconds(max(0, date.timeIntervalSince(now)))
        }
    }
}
