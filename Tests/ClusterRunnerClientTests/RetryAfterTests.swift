import ClusterRunnerHTTP
import ClusterRunnerPlugin
import HTTPTypes
import Hummingbird
import NIOHTTP1
import Testing

@testable import ClusterRunnerClient

@Suite(.timeLimit(.minutes(10))) struct RetryAfterTests {
    private func unreachable(_ retryAfter: Duration?) -> MasterUnreachable {
        let address = MasterAddress(host: "h", port: 1)
        return MasterUnreachable(address: address, reason: "busy", retryAfter: retryAfter)
    }

    @Test func `The wait is at least what the master asked for`() {
        let policy = RetryPolicy(initial: .milliseconds(100), maximum: .seconds(2))
        #expect(policy.delay(afterFailures: 1, last: unreachable(.seconds(7))) == .seconds(7))
        #expect(policy.delay(afterFailures: 9, last: unreachable(.seconds(1))) == .seconds(2))
        #expect(policy.delay(afterFailures: 1, last: unreachable(.zero)) == .milliseconds(100))
        #expect(policy.delay(afterFailures: 2, last: unreachable(nil)) == .milliseconds(200))
        #expect(policy.delay(afterFailures: 2, last: CancellationError()) == .milliseconds(200))
    }

    /// Returns the wait that a client reads from a header with a status.
    private func heard(_ header: String?, _ status: HTTPResponse.Status) async throws -> Duration? {
        let route = Route.get("build") { _ in
            var response = Response(status: status, body: .init(byteBuffer: .init(string: "{}")))
            response.headers[.retryAfter] = header
            return response
        }
        var error: MasterUnreachable?
        try await LocalServer.connect([route]) { connection in
            error = await #expect(throws: MasterUnreachable.self) {
                _ = try await connection.request(.GET, "/v1/build")
            }
        }
        return error?.retryAfter
    }

    @Test(arguments: [HTTPResponse.Status.tooManyRequests, .badGateway, .serviceUnavailable, .gatewayTimeout])
    func `The header of an answer that asks for patience is read`(status: HTTPResponse.Status) async throws {
        #expect(try await heard("7", status) == .seconds(7))
    }

    @Test(arguments: [nil, "soon", "-3", "1.5", "86401", "99999999999999999999", "Fri, 31 Dec 2027 23:59:59 GMT"])
    func `A header that names no sensible number of seconds asks for nothing`(header: String?) async throws {
        #expect(try await heard(header, .serviceUnavailable) == nil)
    }

    @Test func `A service that cannot take a request now asks for a second`() async throws {
        let route = Route.get("build") { _ in throw ClusterRunnerError(.unavailable, "The disk is full") }
        try await LocalServer.connect([route]) { connection in
            let error = await #expect(throws: MasterUnreachable.self) {
                _ = try await connection.request(.GET, "/v1/build")
            }
            #expect(error?.retryAfter == .seconds(1))
        }
    }
}
