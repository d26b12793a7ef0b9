import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The error of contents that arrived damaged.
struct LFSDamage: Error {
    /// The fault, one sentence.
    let message: String
}

/// A receiver of contents from the master, which moves each to its place once it is complete.
final class LFSReceiver: Sendable {
    private let state: Lock<State>

    init(store: LFSStore) {
        state = Lock(State(store: store))
    }

    deinit { state.withLock { $0.giveUp() } }

    /// Receives the next bytes.
    ///
    /// - Throws: ``LFSDamage`` when they are invalid.
    func take(_ bytes: [UInt8]) throws {
        try state.withLock { try $0.take(bytes) }
    }

    /// Checks that no content is incomplete.
    func end() throws {
        guard state.withLock({ $0.isBetweenContents }) else {
            throw LFSDamage(message: "The master's answer ended inside of a content of Git LFS.")
        }
    }
}

extension LFSReceiver {
    fileprivate struct State {
        let store: LFSStore
        var line: [UInt8] = []
        var current: Incoming?

        // Longer than any valid line.
        static let lineLimit = 100

        init(store: LFSStore) {
            self.store = store
        }
    }

    /// A partly received content.
    fileprivate struct Incoming {
        let content: LFSContent
        let path: String
        let file: SharedFile
        let hash: ContentHasher
        var left: Int
    }
}

extension LFSReceiver.State {
    fileprivate var isBetweenContents: Bool { current == nil && line.isEmpty }

    fileprivate mutating func giveUp() {
        guard let current else { return }
        unlink(current.path)
    }

    fileprivate mutating func take(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            if current == nil { try begin(&rest) } else { try fill(&rest) }
            if current?.left == 0 { try finish() }
        }
    }

    private mutating func begin(_ bytes: inout ArraySlice<UInt8>) throws {
        let end = bytes.firstIndex(of: UInt8(ascii: "\n"))
        line += bytes[..<(end ?? bytes.endIndex)]
        bytes = end.map { bytes[($0 + 1)...] } ?? []
        guard line.count < Self.lineLimit else { throw Self.malformed }
        guard end != nil else { return }
        let parts = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard parts.count == 2, let content = LFSContent(hash: parts[0], size: parts[1]) else { throw Self.malformed }
        line = []
        let (path, file) = try store.makeFile()
        current = LFSReceiver.Incoming(
            content: content,
            path: path,
            file: file,
            hash: try ContentHasher(),
            left: content.size
        )
    }

    private mutating func fill(_ bytes: inout ArraySlice<UInt8>) throws {
        guard let incoming = current else { return }
        let piece = bytes.prefix(incoming.left)
        bytes = bytes.dropFirst(piece.count)
        try piece.withUnsafeBytes { piece in
            try attempting("A content of Git LFS could not be written", code: .failed) {
                try incoming.file.file.writeAll(piece)
            }
            try current?.hash.update(piece)
        }
        current?.left -= piece.count
    }

    private mutating func finish() throws {
        guard let incoming = current else { return }
        guard try incoming.hash.finish().description == incoming.content.hash else {
            throw LFSDamage(message: "The content \(incoming.content.hash) of Git LFS that the master sent is damaged.")
        }
        try store.add(incoming.content, from: incoming.path)
        current = nil
    }

    private static var malformed: LFSDamage {
        LFSDamage(message: "The master's answer is not a list of contents of Git LFS.")
    }
}
