import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import ClusterRunnerClient

@Suite(.timeLimit(.minutes(10))) struct HTTPNotificationSenderTests {
    /// Posts to `/v1/hook` of a server with one route and returns the reply.
    private func post(
        to path: String = "v1/hook",
        user: String = "",
        timeout: Duration = .seconds(60),
        _ answer: @escaping @Sendable (RouteRequest) async throws -> Response
    ) async throws -> NotificationReply {
        var reply: NotificationReply?
        let route = Route(.post, "hook", access: .open, body: .json) { try await answer($0) }
        try await LocalServer.serve([route]) { server in
            let url = try NotificationURL("http://\(user)127.0.0.1:\(server.port)/\(path)")
            reply = try await send(to: url, timeout: timeout)
        }
        return try #require(reply)
    }

    private func send(to url: NotificationURL, timeout: Duration = .seconds(60)) async throws -> NotificationReply {
        let sender = HTTPNotificationSender()
        let result: Result<NotificationReply, any Error>
        do {
            let headers = [(name: "X-Test", value: "yes")]
            result = .success(try await sender.post(Array("{}".utf8), headers: headers, to: url, timeout: timeout))
        } catch {
            result = .failure(error)
        }
        await sender.shutDown()
        return try result.get()
    }

    private func response(_ status: HTTPResponse.Status, _ text: String = "", headers: HTTPFields = [:]) -> Response {
        Response(status: status, headers: headers, body: .init(byteBuffer: .init(string: text)))
    }

    @Test func `The body and the headers arrive, and the answer comes back`() async throws {
        let reply = try await post { request in
            #expect(request.body == Array("{}".utf8))
            #expect(request.header("X-Test") == "yes")
            #expect(request.header("Authorization") == nil)
            return response(.accepted, "thanks")
        }
        #expect(reply == NotificationReply(status: 202, excerpt: "thanks"))
    }

    @Test func `The user of a URL goes to a header, and its query to the receiver`() async throws {
        let reply = try await post(to: "v1/hook?token=t%20x", user: "u:p@") { request in
            #expect(request.header("Authorization") == "Basic dTpw")
            #expect(request.query("token") == "t x")
            return response(.ok)
        }
        #expect(reply.status == 200)
    }

    @Test func `A redirection is an answer like any other`() async throws {
        let reply = try await post { _ in response(.temporaryRedirect, headers: [.location: "http://127.0.0.1:1/"]) }
        #expect(reply.status == 307)
    }

    @Test func `The wait that a receiver asks for is read as seconds or as a date`() async throws {
        let reply = try await post { _ in response(.serviceUnavailable, headers: [.retryAfter: "7"]) }
        #expect(reply.retryAfter == .seconds(7))
        let start = Date(timeIntervalSince1970: 1_700_000_000)
        #expect(RetryAfter("Tue, 14 Nov 2023 22:13:30 GMT")?.wait(from: start) == .seconds(10))
        #expect(RetryAfter("Tue, 14 Nov 2023 22:13:10 GMT")?.wait(from: start) == .zero)
        #expect(RetryAfter("soon") == nil && RetryAfter("-1") == nil && RetryAfter(nil) == nil)
    }

    @Test func `An answer without an end counts by its status`() async throws {
        let reply = try await post { _ in
            let chunk = ByteBuffer(repeating: UInt8(ascii: "x"), count: 16 << 10)
            return Response(status: .badRequest, body: .init { writer in while true { try await writer.write(chunk) } })
        }
        #expect(reply.status == 400)
        #expect(reply.excerpt == String(repeating: "x", count: 400))
    }

    @Test func `An answer whose text does not come counts by its status`() async throws {
        let reply = try await post(timeout: .seconds(3)) { _ in
            Response(
                status: .ok,
                body: .init { writer in
                    try await writer.write(ByteBuffer(string: "x"))
                    try await Task.sleep(for: .seconds(3600))
                }
            )
        }
        #expect(reply.status == 200)
    }

    @Test func `A receiver that does not answer is given up after the time limit`() async throws {
        let error = await #expect(throws: NotificationUnreachable.self) {
            _ = try await post(timeout: .milliseconds(300)) { _ in
                try await Task.sleep(for: .seconds(3600))
                return response(.ok)
            }
        }
        #expect(error == NotificationUnreachable(reason: "it did not answer within 0.3 seconds", isOutage: false))
    }

    @Test func `A receiver that is away is an outage`() async throws {
        let url = try NotificationURL("http://127.0.0.1:\(try await LocalServer.deadPort())/")
        let error = await #expect(throws: NotificationUnreachable.self) { _ = try await send(to: url) }
        #expect(error == NotificationUnreachable(reason: "Connection refused", isOutage: true))
    }

    @Test(arguments: [
        "", "example.org", "ftp://a/", "http://", "http://a:0/", "http://a:70000/", "http://a/ b", "http://a/#b",
    ])
    func `What is no URL of a receiver is refused`(text: String) {
        #expect(throws: ClusterRunnerError.self) { try NotificationURL(text) }
    }

    @Test func `A URL is shown without what authenticates`() throws {
        let url = try NotificationURL("https://u:p@example.org/hook?x=secret")
        #expect("\(url)" == "https://***@example.org/hook?…")
        #expect(url.address == "https://example.org/hook?x=secret")
    }
}
