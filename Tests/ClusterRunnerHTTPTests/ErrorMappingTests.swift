import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerHTTP

@Suite struct ErrorMappingTests {
    private struct Surprise: Error, CustomStringConvertible {
        let description = "a surprise"
    }

    private func answer(to error: any Error) async throws -> HTTPAnswer {
        let route = Route.get("broken", childRoutes: ["a": "/b"]) { _ in throw error }
        return try await HTTPFixture().serve([route]) { try await $0.get("/v1/broken") }
    }

    @Test(arguments: [
        (ClusterRunnerError.Code.invalidArgument, 400), (.unauthenticated, 401), (.notFound, 404), (.invalidState, 409),
        (.sessionExpired, 412), (.tooLarge, 413), (.unavailable, 503), (.failed, 500),
    ])
    func `Each kind of error has its status`(code: ClusterRunnerError.Code, status: Int) async throws {
        let answer = try await answer(to: ClusterRunnerError(code, "A sentence.", cause: Surprise()))
        #expect(answer.status == status)
        #expect(answer.members == ["STATUS": "FAILURE", "error": "A sentence.", "child_routes": ["a": "/b"]])
        #expect(answer.header("Retry-After") == (status == 503 ? "1" : nil))
        #expect(answer.header("Content-Type") == "application/json; charset=utf-8")
    }

    @Test func `A body that breaks off is no fault of the service`() async throws {
        let answer = try await answer(to: IncompleteBody(cause: Surprise()))
        #expect(answer.status == 400)
        #expect(answer.error == "The body of the request broke off: a surprise.")
    }

    @Test func `An error that nobody foresaw is a 500 in JSON`() async throws {
        let answer = try await answer(to: Surprise())
        #expect(answer.status == 500)
        #expect(answer.error == "Internal error: a surprise.")
    }
}
