import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import HTTPTypes
import Testing

@Suite struct BodyTests {
    /// Makes a route that writes its body to a file, at most ten bytes.
    private func upload(to path: String) -> Route {
        Route(.put, "upload", access: .documented, body: .streamed) { request in
            try request.respond(["count": .integer(try await request.receive(to: path, limit: 10))])
        }
    }

    private func withPath(_ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    @Test(arguments: [(16, 202), (17, 413), (100_000, 413)])
    func `A body larger than its limit is refused`(size: Int, status: Int) async throws {
        let body = String(repeating: "x", count: size)
        let answer = try await HTTPFixture().serve { caller in
            try await caller.call(.post, "/v1/build", caller.digest(of: body), body: body)
        }
        #expect(answer.status == status)
        if status == 413 { #expect(answer.error == "The request body is too large.") }
    }

    @Test func `A body that is verified is written to its file`() async throws {
        try await withPath { path in
            let answer = try await HTTPFixture().serve([upload(to: path)]) { caller in
                try await caller.call(.put, "/upload", caller.digest(of: "0123456789"), body: "0123456789")
            }
            #expect(answer.members["count"] == 10)
            #expect(FileManager.default.contents(atPath: path) == Data("0123456789".utf8))
        }
    }

    @Test(arguments: [("0123456789a", 413), ("other", 401)])
    func `Of an upload that is too large or not authentic nothing stays`(body: String, status: Int) async throws {
        try await withPath { path in
            let answer = try await HTTPFixture().serve([upload(to: path)]) { caller in
                try await caller.call(.put, "/upload", caller.digest(of: "0123456789a"), body: body)
            }
            #expect(answer.status == status)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `An upload that cannot be written says where and why`() async throws {
        let answer = try await HTTPFixture().serve([upload(to: "/no/such/folder/file")]) { caller in
            try await caller.call(.put, "/upload", caller.digest(of: "x"), body: "x")
        }
        #expect(answer.status == 500)
        #expect(answer.error == "Could not create /no/such/folder/file: No such file or directory.")
    }

    @Test func `An answer may be made while it is sent`() async throws {
        let route = Route.get("archive") { _ in
            let pieces = AsyncThrowingStream<[UInt8], any Error> { continuation in
                for piece in ["one ", "two ", "three"] { continuation.yield(Array(piece.utf8)) }
                continuation.finish()
            }
            return .stream(pieces, contentType: "application/gzip", fileName: "a.tar.gz")
        }
        let answer = try await HTTPFixture().serve([route]) { try await $0.get("/archive") }
        #expect(answer.body == "one two three")
        #expect(answer.header("Content-Type") == "application/gzip")
        #expect(answer.header("Content-Disposition") == "attachment; filename=\"a.tar.gz\"")
    }

    @Test func `A body that is not the expected JSON is a 400 that says where`() async throws {
        let route = Route(.post, "slave", access: .open, body: .json) { request in
            try request.respond(with: try request.decode(SlaveRegistration.self))
        }
        let answer = try await HTTPFixture().serve([route]) { caller in
            try await caller.call(.post, "/slave", body: #"{"slave": "a:1", "session_id": "s"}"#)
        }
        #expect(answer.status == 400)
        #expect(answer.error == "The JSON has no \"num_executors\".")
    }
}
