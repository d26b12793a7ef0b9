import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import NIOCore

/// A file as the body of a request, read piece by piece.
struct FileSource: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let path: String
    let size: Int
    private static let pieceSize = 256 << 10

    init(path: String) throws {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        guard let size = attributes[.size] as? Int else {
            throw ClusterRunnerError(.failed, "The size of \(path) is not known.")
        }
        self.path = path
        self.size = size
    }

    func makeAsyncIterator() -> Iterator { Iterator(handle: FileHandle(forReadingAtPath: path), path: path) }

    /// Computes the digest of the whole file, for a signed request.
    func digest(with authenticator: MessageAuthenticator) throws -> String {
        var digest = try authenticator.begin(.signedBody)
        let iterator = makeAsyncIterator()
        while let piece = try iterator.read() { try digest.update(piece) }
        return try digest.finish()
    }

    struct Iterator: AsyncIteratorProtocol {
        let handle: FileHandle?
        let path: String

        func next() async throws -> ByteBuffer? {
            try read().map { ByteBuffer(bytes: $0) }
        }

        func read() throws -> [UInt8]? {
            guard let handle else { throw ClusterRunnerError(.failed, "Cannot read \(path).") }
            guard let data = try handle.read(upToCount: FileSource.pieceSize), !data.isEmpty else { return nil }
            return [UInt8](data)
        }
    }
}
