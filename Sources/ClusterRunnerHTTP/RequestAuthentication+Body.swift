import ClusterRunnerWire
import Hummingbird
import NIOCore

/// Bodies that are held in memory.
extension RequestAuthentication {
    /// Checks the digest of a request that has no body.
    func check(emptyBodyOf request: Request, _ purpose: MessageAuthenticator.Purpose) throws {
        try check(digest: try authenticator.begin(purpose), of: request)
    }

    /// Reads a body of at most `limit` bytes, and checks the digest that is computed while it arrives.
    ///
    /// Bodies without a signature share limited memory and must arrive in time.
    func collect(
        _ request: Request,
        upTo limit: Int,
        _ purpose: MessageAuthenticator.Purpose?,
        _ connection: ClientConnection
    ) async throws -> [UInt8] {
        if let length = request.headers[.contentLength].flatMap(Int.init), length > limit {
            throw NIOTooManyBytesError(maxBytes: limit)
        }
        connection.allowBody(of: request)
        guard purpose != .signedBody else { return try await receive(request, upTo: limit, purpose) { _, _ in } }
        let deadline = connection.close(in: UnverifiedBytes.patience)
        defer { deadline.cancel() }
        var counted = 0
        defer { unverified.giveBack(counted) }
        return try await receive(request, upTo: limit, purpose) { count, size in
            counted += try unverified.take(count, of: size)
        }
    }

    private func receive(
        _ request: Request,
        upTo limit: Int,
        _ purpose: MessageAuthenticator.Purpose?,
        admit: (_ count: Int, _ size: Int) throws -> Void
    ) async throws -> [UInt8] {
        var body: [UInt8] = []
        var digest = try authenticator.begin(purpose ?? .body)
        try await request.forEachPiece { piece in
            let size = body.count + piece.readableBytes
            guard size <= limit else { throw NIOTooManyBytesError(maxBytes: limit) }
            try admit(piece.readableBytes, size)
            if purpose != nil { try digest.update(piece.readableBytesView) }
            body += piece.readableBytesView
        }
        if purpose != nil { try check(digest: digest, of: request) }
        return body
    }
}
