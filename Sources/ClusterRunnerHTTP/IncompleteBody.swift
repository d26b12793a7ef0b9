import Hummingbird
import NIOCore

/// The early end of a request's body: the client left or broke the protocol.
///
/// This is not a fault of the service.
struct IncompleteBody: Error {
    /// The HTTP library's error.
    let cause: any Error
}

extension Request {
    /// Calls `take` with each piece of the body as it arrives.
    ///
    /// - Throws: what `take` throws; ``IncompleteBody`` when the body breaks off.
    func forEachPiece(_ take: (ByteBuffer) throws -> Void) async throws {
        var refusal: (any Error)?
        do {
            for try await piece in body {
                do { try take(piece) } catch {
                    refusal = error
                    break
                }
            }
        } catch let error where !(error is CancellationError) {
            throw IncompleteBody(cause: error)
        }
        if let refusal { throw refusal }
    }
}
