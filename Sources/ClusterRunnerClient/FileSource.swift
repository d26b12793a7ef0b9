import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import NIOCore

/// A file as the body of a request, read piece by piece.
struct FileSource: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let size: Int
    private let path: String
    private let file: SharedFile
    private static let pieceSize = 256 << 10

    init(path: String) throws {
        (file, size) = try attempting("Cannot read \(path)", code: .failed) {
            let file = try SharedFile(path, O_RDONLY)
            return (file, try file.file.status().size)
        }
        self.path = path
    }

    func makeAsyncIterator() -> Iterator { Iterator(source: self) }

    /// Computes the digest of the whole file, for a signed request.
    func digest(with authenticator: MessageAuthenticator) throws -> String {
        var digest = try authenticator.begin(.signedBody)
        var iterator = makeAsyncIterator()
        while let piece = try iterator.read() { try digest.update(piece) }
        return try digest.finish()
    }

    private func piece(from offset: Int) throws -> [UInt8] {
        try attempting("Cannot read \(path)") { try file.file.piece(from: offset, upTo: Self.pieceSize) }
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let source: FileSource
        fileprivate var offset = 0

        mutating func next() async throws -> ByteBuffer? {
            try read().map { ByteBuffer(bytes: $0) }
        }

        mutating func read() throws -> [UInt8]? {
            let piece = try source.piece(from: offset)
            offset += piece.count
            return piece.isEmpty ? nil : piece
        }
    }
}
