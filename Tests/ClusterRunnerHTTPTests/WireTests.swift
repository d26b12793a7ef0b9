import ClusterRunnerConcurrency
import ClusterRunnerTesting
import ClusterRunnerWire
import Dispatch
import Foundation
import Hummingbird
import Logging
import NIOCore
import Testing

@testable import ClusterRunnerHTTP

/// The bytes on the wire.
@Suite(.timeLimit(.minutes(10))) struct WireTests {
    private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Makes an answer without an end; the signal fires when it can no longer be sent.
    private func endless(_ dropped: OneShotSignal) -> Route {
        .get("endless") { _ in
            let body = ResponseBody { writer in
                do {
                    while true { try await writer.write(ByteBuffer(repeating: 0, count: 1 << 20)) }
                } catch {
                    dropped.fire()
                    throw error
                }
            }
            return Response(status: .ok, body: body)
        }
    }

    private func withService(
        _ routes: [Route] = HTTPFixture.routes,
        _ change: (inout HTTPService) -> Void = { _ in },
        _ body: @Sendable (Int) async throws -> Void
    ) async throws {
        let fixture = try HTTPFixture()
        let authentication = RequestAuthentication(
            authenticator: fixture.authenticator,
            authenticateReads: false,
            requireSignature: false
        )
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        var service = HTTPService(
            endpoint: .init(host: "127.0.0.1", port: 0),
            responder: ServiceResponder(
                routes: routes,
                authentication: authentication,
                sessionID: HTTPFixture.session,
                localNames: LocalNames(hostname: "ci")
            ),
            logger: silent,
            onListening: { continuation.yield($0) }
        )
        change(&service)
        try await ClusterRunnerTesting.withService(service) {
            let port = try #require(await ports.first { _ in true })
            try await body(port)
        }
    }

    /// Sends bytes and returns the answer until `isEnough`, or until the service closes the connection.
    private func exchange(
        _ text: String,
        _ port: Int,
        isEnough: @escaping @Sendable (String) -> Bool
    ) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try WireTests.exchange(text, port, isEnough) })
            }
        }
    }

    private static func exchange(_ text: String, _ port: Int, _ isEnough: (String) -> Bool) throws -> String {
        let socket = try open(port, text)
        defer { close(socket) }
        var answer = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !isEnough(answer) {
            let count = read(socket, &buffer, buffer.count)
            guard count > 0 else { break }
            answer += String(decoding: buffer.prefix(count), as: UTF8.self)
        }
        return answer
    }

    @Test func `A client that asks before it sends a body is told to go on`() async throws {
        try await withService { port in
            let digest = try HTTPFixture().authenticator.digest(of: "x".utf8)
            let head = "POST /v1/build HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nExpect: 100-continue\r\n"
            let request = "\(head)\(HeaderName.digest): \(digest)\r\n\r\n"
            let answer = try await exchange(request, port) { $0.contains("\r\n\r\n") }
            #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\n"))
        }
    }

    @Test(arguments: [("Content-Length: 99", "413"), ("Content-Length: 1", "401")])
    func `A client that asks is refused before it sends a body in vain`(length: String, status: String) async throws {
        try await withService { port in
            let digest = length.hasSuffix("99") ? "\(HeaderName.digest): 00\r\n" : ""
            let head =
                "POST /v1/build HTTP/1.1\r\nHost: localhost\r\n\(length)\r\nExpect: 100-continue\r\n\(digest)\r\n"
            let answer = try await exchange(head, port) { $0.contains("\"STATUS\"") }
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
        }
    }

    @Test(arguments: ["/v1/build", "/v1/build/1", "/v1/build/x", "/nothing", "/v1/slave/shutdown"])
    func `An answer to HEAD has no body, whatever it says`(path: String) async throws {
        try await withService { port in
            // The second answer is in the place of a body.
            let request = "HEAD \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let answer = try await exchange(request + request, port) {
                $0.components(separatedBy: "\r\n\r\n").count > 2
            }
            #expect(answer.components(separatedBy: "\r\n\r\nHTTP/1.1 ").count == 2, "\(answer)")
            #expect(!answer.contains("STATUS"))
        }
    }

    /// A route that writes its body, at most 16 bytes, to a file.
    private func upload(to path: String) -> Route {
        Route(.post, "upload", access: .documented, body: .streamed) { request in
            try await request.receive(to: path, limit: 16)
            return try request.respond()
        }
    }

    @Test(arguments: ["build", "upload"], [("0123456", true), ("01234567", false)])
    func `A body whose length is not told ends at its limit`(target: String, end: (piece: String, fits: Bool))
        async throws
    {
        try await withScratchDirectory { directory in
            let path = "\(directory)/file"
            try await withService(HTTPFixture.routes + [upload(to: path)]) { port in
                let body = "012345678" + end.piece
                let digest = try HTTPFixture().authenticator.digest(of: body.utf8)
                let request = """
                    POST /v1/\(target) HTTP/1.1\r
                    Host: localhost\r
                    Transfer-Encoding: chunked\r
                    \(HeaderName.digest): \(digest)\r
                    \r
                    9\r
                    012345678\r
                    \(end.piece.utf8.count)\r
                    \(end.piece)\r
                    0\r
                    \r

                    """
                let answer = try await exchange(request, port) { $0.contains("\"STATUS\"") }
                let expected = end.fits ? (target == "build" ? "202" : "200") : "413"
                #expect(answer.hasPrefix("HTTP/1.1 \(expected) "), "\(answer)")
            }
            #expect(FileManager.default.fileExists(atPath: path) == (target == "upload" && end.fits))
        }
    }

    @Test func `An upload that says that it is too large is refused before it comes`() async throws {
        try await withService([upload(to: "/no/such/folder/file")]) { port in
            let head = "POST /v1/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 17\r\n"
            let digest = try HTTPFixture().authenticator.digest(of: "".utf8)
            let request = "\(head)Expect: 100-continue\r\n\(HeaderName.digest): \(digest)\r\n\r\n"
            let answer = try await exchange(request, port) { $0.contains("\"STATUS\"") }
            #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer)")
        }
    }

    @Test(arguments: [("localhost", "200"), ("ci", "200"), ("evil.example", "421")])
    func `A page of another site reads nothing from a service on loopback`(host: String, status: String) async throws {
        try await withService { port in
            let answer = try await exchange("GET /v1/build HTTP/1.1\r\nHost: \(host):\(port)\r\n\r\n", port) {
                $0.contains("\"STATUS\"")
            }
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        }
    }

    @Test(arguments: [("localhost", "ci"), ("ci", "evil.example"), ("evil.example", "ci"), ("ci", "ci"), ("", "ci")])
    func `A request to two hosts is refused`(first: String, second: String) async throws {
        try await withService { port in
            let request = "GET /v1/build HTTP/1.1\r\nHost: \(first)\r\nAccept: */*\r\nhost: \(second)\r\n\r\n"
            let answer = try await exchange(request, port) { $0.contains("\"STATUS\"") }
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
            #expect(answer.contains(#"several Host headers, \"\#(first)\" and \"\#(second)\""#), "\(answer)")
        }
    }

    /// Heads in which a proxy may find another end than this service.
    static let ambiguous = [
        "Transfer-Encoding: xchunked", "Transfer-Encoding: gzip", "Transfer-Encoding: chunked\r\nContent-Length: 3",
        "Content-Length: 3\r\nContent-Length: 4", "Content-Length: +3", "Content-Length : 3",
    ]

    @Test(arguments: ambiguous)
    func `What follows a body without a known end is no request`(fields: String) async throws {
        let asked = Lock(0)
        let route = Route.get("asked") { request in
            asked.withLock { $0 += 1 }
            return try request.respond()
        }
        try await withService([route]) { port in
            let head = "POST /v1/asked HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n\r\n"
            let next = "GET /v1/asked HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let answer = try await exchange(head + "0\r\n\r\n" + next + next, port) { _ in false }
            #expect(answer.contains("HTTP/1.1 400 "), "\(answer)")
        }
        #expect(asked.withLock { $0 } == 0)
    }

    @Test func `A client that takes nothing of an answer is dropped`() async throws {
        let dropped = OneShotSignal()
        try await withService([endless(dropped)]) {
            $0.stallPatience = .milliseconds(100)
        } _: { port in
            let socket = try Self.open(port, "GET /v1/endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await dropped.wait()
            close(socket)
        }
        #expect(dropped.hasFired)
    }

    @Test(arguments: [true, false])
    func `A client that leaves in the middle of a body is told apart from a fault`(isStreamed: Bool) async throws {
        let (errors, continuation) = AsyncStream<any Error>.makeStream()
        let path = "/tmp/clusterrunner-\(UUID().uuidString)"
        let route = Route(
            .post,
            "take",
            access: .open,
            body: isStreamed ? .streamed : .json,
            failure: { error, _ in
                continuation.yield(error)
                return nil
            },
            handler: { request in
                try await request.receive(to: path, limit: 1000)
                return try request.respond()
            }
        )
        try await withService([route]) { port in
            let head = "POST /v1/take HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
            close(try Self.open(port, head + "the beginning"))
            let error = await errors.first { _ in true }
            #expect(error is IncompleteBody, "\(String(describing: error))")
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    private static func open(_ port: Int, _ text: String) throws -> Int32 {
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0 && write(socket, text, text.utf8.count) == text.utf8.count)
        return socket
    }
}
