package import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
package import ClusterRunnerWire
import Glibc
import HTTPTypes
package import Hummingbird
import NIOCore

/// A request that has its route and passed its checks.
package struct RouteRequest: Sendable {
    /// The version of the API for the answer.
    package let version: APIVersion
    /// The body of a route that collects it; otherwise empty.
    package let body: [UInt8]
    /// The HTTP library's request.
    package let request: Request
    /// The connection of the request.
    package let connection: ClientConnection
    let parameters: Parameters
    let authentication: RequestAuthentication
    /// The purpose of the digest of a streamed body.
    let purpose: MessageAuthenticator.Purpose?
    let lane: SlaveRequestExecutor?
    /// The `child_routes` of answers to GET.
    let childRoutes: [String: String]

    /// Reads a whole number from the path.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/notFound`` when it is not a number.
    package func id(_ name: String) throws -> Int {
        let text = self.text(name)
        guard let id = Int(text), id >= 0 else {
            let noun = name.replacing("_", with: " ")
            throw ClusterRunnerError(.notFound, "Invalid \(noun): \(text).")
        }
        return id
    }

    /// Reads an identifier from the path.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/notFound`` when it is not a number.
    package func id<ID: Identifier>(_ name: String) throws -> ID { ID(try id(name) as Int) }

    /// Returns a named part of the path.
    package func text(_ name: String) -> String { parameters.get(name) ?? "" }

    /// Returns the value of a header.
    package func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { request.headers[$0] } }

    /// Returns a parameter of the query string.
    package func query(_ name: String) -> String? {
        guard request.uri.query != nil else { return nil }
        return request.uri.queryParameters[name[...]].map(String.init)
    }

    /// Reads a whole number of at least `minimum` from the query string; nil when it is missing.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` when it is not such a number.
    package func number(_ name: String) throws -> Int? {
        guard let text = query(name) else { return nil }
        guard let number = Int(text) else {
            throw ClusterRunnerError(.invalidArgument, "\"\(name)\" must be a whole number, not \"\(text)\".")
        }
        return number
    }

    /// Returns the requested page of a list: all in version 1, `offset` (0) and `limit` (20, at most 200) in version 2.
    ///
    /// Values out of range are clamped, as in 1.x.
    package func page() throws -> StorePage {
        guard version == .v2 else { return .all }
        let offset = max(0, try number("offset") ?? 0)
        let limit = min(200, max(0, try number("limit") ?? 20))
        return StorePage(offset: offset, limit: limit)
    }

    /// Runs a body on the handler's executor; without it, a streamed answer would run elsewhere.
    @concurrent package func onLane<Result: Sendable>(_ body: @concurrent () async throws -> Result) async throws
        -> Result
    {
        try await withTaskExecutorPreference(lane, operation: body)
    }

    /// Refuses a body other than the empty JSON object of requests without parameters.
    package func expectNoFields() throws {
        guard let key = try JSONCoding.decodeObject(from: body).keys.sorted().first else { return }
        throw ClusterRunnerError(.invalidArgument, "Key (\(key)) is not in list of allowed keys ()")
    }

    /// Decodes the body as JSON.
    package func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONCoding.decode(type, from: body)
    }

    /// Streams the body to a file while its digest is computed; removes the file if the digest is wrong.
    ///
    /// `checkRoom` is called before the first byte, with the length of the body if it is known, and then at intervals.
    ///
    /// - Returns: The number of bytes received.
    @discardableResult
    package func receive(
        to path: String,
        limit: Int,
        checkRoom: (_ expected: Int) throws -> Void = { _ in }
    ) async throws -> Int {
        let length = request.headers[.contentLength].flatMap(Int.init) ?? 0
        guard length <= limit else { throw Self.tooLarge(limit) }
        try checkRoom(length)
        connection.allowBody(of: request)
        do {
            return try await receiveUnchecked(to: path, limit: limit, checkRoom: checkRoom)
        } catch {
            unlink(path)
            throw error
        }
    }

    /// The bytes between two checks of the room for an upload.
    private static let roomInterval = 64 << 20

    private static func tooLarge(_ limit: Int) -> ClusterRunnerError {
        ClusterRunnerError(.tooLarge, "The upload is larger than the limit of \(limit) bytes.")
    }

    private func receiveUnchecked(
        to path: String,
        limit: Int,
        checkRoom: (_ expected: Int) throws -> Void
    ) async throws -> Int {
        let file = try attempting("Could not create \(path)") { try OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC) }
        var unchecked = 0
        var digest = try authentication.authenticator.begin(purpose ?? .body)
        var count = 0
        try await request.forEachPiece { buffer in
            count += buffer.readableBytes
            guard count <= limit else { throw Self.tooLarge(limit) }
            unchecked += buffer.readableBytes
            if unchecked >= Self.roomInterval {
                try checkRoom(0)
                unchecked = 0
            }
            try digest.update(buffer.readableBytesView)
            try attempting("Could not write \(path)") { try file.writeAll(buffer.readableBytesView) }
        }
        try attempting("Could not flush \(path)") { try file.synchronizeBytes() }
        try authentication.check(digest: digest, of: request)
        return count
    }
}
