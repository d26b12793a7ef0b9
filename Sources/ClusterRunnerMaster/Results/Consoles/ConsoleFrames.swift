import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The Server-Sent Events for one reader that follows an atom's output.
struct ConsoleFrames {
    /// A snapshot of an atom.
    struct Look: Sendable {
        /// The place of its output; nil before the first output.
        let output: ConsoleOutput?
        /// Whether the output is complete.
        let isOver: Bool
        /// The exit code, once the atom has ended with one.
        let exitCode: Int?
    }

    private let look: @Sendable () async throws -> Look
    private let wakeups: AsyncStream<Void>
    private let timekeeper: Timekeeper
    private var offset: Int
    /// The file of a lease that is followed.
    private var followed: String?
    private var hasEnded = false
    private var lastSent: Duration

    /// The maximum bytes of one event.
    static let pieceSize = 64 << 10

    /// Begins at a byte; `wakeups` yields when there may be news, from before the first look.
    init(
        from offset: Int,
        wakeups: AsyncStream<Void>,
        timekeeper: Timekeeper,
        look: @escaping @Sendable () async throws -> Look
    ) {
        self.offset = offset
        self.wakeups = wakeups
        self.timekeeper = timekeeper
        self.look = look
        lastSent = timekeeper.now.uptime
    }

    /// Returns the next piece, as soon as there is one; nil after the end, or when the service ends.
    mutating func next() async throws -> [UInt8]? {
        while !hasEnded {
            if let piece = try ready(try await look()) {
                lastSent = timekeeper.now.uptime
                return piece
            }
            var iterator = wakeups.makeAsyncIterator()
            guard await iterator.next() != nil else { return nil }
        }
        return nil
    }

    private mutating func ready(_ look: Look) throws -> [UInt8]? {
        let bytes = try read(look)
        if !bytes.isEmpty {
            let event = ConsoleOutputEvent(offset: offset, text: String(decoding: bytes, as: UTF8.self))
            offset += bytes.count
            return try EventFrames.frame(event, id: offset)
        }
        guard !look.isOver else {
            hasEnded = true
            return try EventFrames.frame(ConsoleEndEvent(look.exitCode))
        }
        let isSilent = timekeeper.now.uptime - lastSent >= EventFrames.keepAlive
        return isSilent ? Array(": keep-alive\n\n".utf8) : nil
    }

    /// Reads the next bytes.
    ///
    /// An output shorter than what was sent belongs to another run of the atom, and is sent from its beginning.
    private mutating func read(_ look: Look) throws -> ArraySlice<UInt8> {
        switch look.output {
        case nil: return []
        case .bytes(let bytes):
            if offset > bytes.count { offset = 0 }
            return Self.text(bytes[offset...].prefix(Self.pieceSize), isLast: offset + Self.pieceSize >= bytes.count)
        case .file(let path, _, let isWhole):
            if !isWhole, let followed, followed != path { offset = 0 }
            if !isWhole { followed = path }
            // It may have become a result meanwhile; the next look finds it.
            guard let file = try? ReadableFile(path: path) else { return [] }
            if offset > file.size { offset = 0 }
            let bytes = try file.read(at: offset, count: Self.pieceSize)
            return Self.text(bytes[...], isLast: isWhole && bytes.count < Self.pieceSize)
        }
    }

    /// Returns the bytes without an incomplete character at their end; all of them if they are the last.
    static func text(_ bytes: ArraySlice<UInt8>, isLast: Bool) -> ArraySlice<UInt8> {
        guard !isLast else { return bytes }
        for (place, byte) in zip(bytes.indices, bytes).suffix(3).reversed() {
            if byte & 0xC0 == 0x80 { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return bytes.endIndex - place < length ? bytes[..<place] : bytes
        }
        return bytes
    }
}
