import ClusterRunnerConcurrency
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import HTTPTypes
import Hummingbird
import NIOHTTP1
import Testing

@testable import ClusterRunnerClient

@Suite struct MasterConnectionTests {
    @Test func `Every request is signed, with its query`() async throws {
        let echo = Route(.post, "slave", access: .component, body: .json) { request in
            try request.respond(["body": .string(String(decoding: request.body, as: UTF8.self))])
        }
        let list = Route(.get, "slave", access: .component) { try $0.respond(["x": .string($0.query("x") ?? "")]) }
        try await LocalServer.connect([echo, list]) { connection in
            let answer = try await connection.request(.POST, "/v1/slave", body: .bytes(Array("{}".utf8)))
            #expect(try JSONCoding.decodeObject(from: answer)["body"] == "{}")
            let second = try await connection.request(.GET, "/v1/slave?x=1%202&y=3")
            #expect(try JSONCoding.decodeObject(from: second)["x"] == "1 2")
        }
    }

    @Test func `Another secret is refused, in the words of the master`() async throws {
        let route = Route(.post, "build", access: .change, body: .json) { try $0.respond() }
        try await LocalServer.serve([route]) { server in
            let stranger = try MessageAuthenticator(key: Array("another-secret".utf8))
            let connection = try MasterConnection(address: server.address, authenticator: stranger)
            try await LocalServer.use(connection) { connection in
                let error = await #expect(throws: ClusterRunnerError.self) {
                    try await connection.request(.POST, "/v1/build")
                }
                #expect(error?.code == .unauthenticated)
                #expect(error?.message.contains("must be signed") == true)
            }
        }
    }

    @Test(arguments: [
        ClusterRunnerError.Code.invalidArgument, .unauthenticated, .notFound, .invalidState, .sessionExpired, .tooLarge,
        .failed,
    ])
    func `A refusal arrives with its kind and its sentence`(code: ClusterRunnerError.Code) async throws {
        let route = Route.get("build") { _ in throw ClusterRunnerError(code, "A sentence.") }
        try await LocalServer.connect([route]) { connection in
            let error = await #expect(throws: ClusterRunnerError.self) {
                try await connection.request(.GET, "/v1/build")
            }
            #expect(error?.code == code)
            #expect(error?.message == "A sentence.")
        }
    }

    @Test func `What proves a request to its master goes to no other`() async throws {
        let route = Route(.post, "slave", access: .open, body: .json) { _ in
            Response(status: .temporaryRedirect, headers: [.location: "http://127.0.0.1:1/v1/slave"])
        }
        try await LocalServer.connect([route]) { connection in
            let error = await #expect(throws: ClusterRunnerError.self) {
                try await connection.request(.POST, "/v1/slave")
            }
            #expect(
                error?.message
                    == "\(connection.address.url) redirects to http://127.0.0.1:1/v1/slave. Signed requests follow no "
                    + "redirection; name the master's own address."
            )
        }
    }

    @Test func `A master that cannot answer now is worth another try`() async throws {
        let route = Route.get("build") { _ in throw ClusterRunnerError(.unavailable, "The disk is full.") }
        try await LocalServer.connect([route]) { connection in
            let error = await #expect(throws: MasterUnreachable.self) {
                try await connection.request(.GET, "/v1/build")
            }
            let place = connection.address
            #expect(error?.description == "The master at \(place) cannot take this now: The disk is full.")
            #expect(error?.stage == .refused)
        }
    }

    @Test func `An answer that is no JSON is told by its status`() async throws {
        let route = Route.get("build") { _ in Response(status: .internalServerError, body: .init()) }
        try await LocalServer.connect([route]) { connection in
            let error = await #expect(throws: ClusterRunnerError.self) {
                try await connection.request(.GET, "/v1/build")
            }
            let place = connection.address
            #expect(error?.message == "The master at \(place) answered with HTTP status 500 Internal Server Error.")
        }
    }

    @Test func `A master that is not there is unreachable`() async throws {
        // No service uses that port, and no other test can get it.
        let address = MasterAddress(host: "127.0.0.1", port: 1)
        let authenticator = try MessageAuthenticator(key: Array("secret-secret".utf8))
        try await LocalServer.use(try MasterConnection(address: address, authenticator: authenticator)) { connection in
            let error = await #expect(throws: MasterUnreachable.self) {
                try await connection.request(.GET, "/v1/build")
            }
            #expect(error?.description == "No master answers at 127.0.0.1:1: Connection refused.")
        }
    }

    @Test func `A master that does not answer in time is unreachable`() async throws {
        let route = Route.get("build") { request in
            await OneShotSignal().wait()
            return try request.respond()
        }
        try await LocalServer.connect([route], timeout: .milliseconds(50)) { connection in
            let error = await #expect(throws: MasterUnreachable.self) {
                try await connection.request(.GET, "/v1/build")
            }
            #expect(
                error?.description == "The connection to the master at \(connection.address) broke off: it did not "
                    + "answer within the time (default_http_timeout)."
            )
        }
    }

    @Test func `A canceled request says that it was canceled`() async throws {
        let (calls, continuation) = AsyncStream<Void>.makeStream()
        let route = Route.get("build") { request in
            continuation.yield()
            await OneShotSignal().wait()
            return try request.respond()
        }
        try await LocalServer.connect([route]) { connection in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    _ = await #expect(throws: CancellationError.self) {
                        try await connection.request(.GET, "/v1/build")
                    }
                }
                for await _ in calls { break }
                group.cancelAll()
            }
        }
    }
}

// MARK: Streams and files

extension MasterConnectionTests {
    @Test func `An answer comes piece by piece, while it is made`() async throws {
        let next = OneShotSignal()
        let route = Route.get("archive") { _ in
            let body = ResponseBody { writer in
                try await writer.write(.init(string: "one"))
                await next.wait()
                try await writer.write(.init(string: "two"))
                try await writer.finish(nil)
            }
            return Response(status: .ok, body: body)
        }
        try await LocalServer.connect([route]) { connection in
            var iterator = try await connection.stream(.GET, "/v1/archive").makeAsyncIterator()
            #expect(try await iterator.next() == Array("one".utf8))
            next.fire()
            #expect(try await iterator.next() == Array("two".utf8))
            #expect(try await iterator.next() == nil)
        }
    }

    @Test func `A stream that breaks off is an error, and not an end`() async throws {
        let route = Route.get("archive") { _ in .stream(pieces(["one"], error: BrokenOff()), contentType: "x/y") }
        try await LocalServer.connect([route]) { connection in
            let stream = try await connection.stream(.GET, "/v1/archive")
            let error = await #expect(throws: MasterUnreachable.self) { for try await _ in stream {} }
            #expect(error?.stage == .waiting)
        }
    }

    @Test func `A file is uploaded with the digest of the whole`() async throws {
        try await withScratchDirectory { directory in
            let content = Data((0..<600_000).map { UInt8(truncatingIfNeeded: $0) })
            try content.write(to: URL(fileURLWithPath: "\(directory)/source"))
            let route = Route(.put, "upload", access: .component, body: .streamed) { request in
                try await request.receive(to: "\(directory)/target", limit: 1 << 20)
                return try request.respond()
            }
            try await LocalServer.connect([route]) { connection in
                _ = try await connection.request(.PUT, "/v1/upload", body: .file("\(directory)/source"))
            }
            #expect(FileManager.default.contents(atPath: "\(directory)/target") == content)
        }
    }

    @Test func `A file that is not there is an error before anything is sent`() async throws {
        try await LocalServer.connect([]) { connection in
            await #expect(throws: (any Error).self) {
                try await connection.request(.PUT, "/v1/upload", body: .file("/no/such/file"))
            }
        }
    }
}
