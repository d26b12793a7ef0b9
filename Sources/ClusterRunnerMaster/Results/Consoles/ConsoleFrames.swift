import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import ClusterRunnerWire

/// What one reader who follows an atom's output is sent, piece by piece, as Server-Sent Events.
struct ConsoleFrames {
    /// What there is of an atom at a moment.
    struct Look: Sendable {
        /// Where its output is; nil when there is none yet.
        let output: ConsoleOutput?
        /// Whether nothing more comes.
        let isOver: Bool
        /// How it ended, if it did.
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

    /// The most bytes of one event.
    static let pieceSize = 64 << 10

    /// Begins at a byte; `wakeups` yields when there may be something new, from before the first look.
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

    /// The next piece, as soon as there is one; nil after the end, or when the service ends.
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

    /// The bytes that come next.
    ///
    /// An output that is shorter than what was sent is that of another run of the atom, and is sent from its beginning.
    private mutating func read(_ look: Look) throws -> ArraySlice<UInt8> {
        switch look.output {
        case nil: return []
        case .bytes(let bytes):
            if offset > bytes.count { offset = 0 }
            return Self.text(bytes[offset...].prefix(Self.pieceSize), isLast: offset + Self.pieceSize >= bytes.count)
        case .file(let path, _, let isWhole):
            if !isWhole, let followed, followed != path { offset = 0 }
            if !isWhole { followed = path }
            // It may have become a result meanwhile: the next look knows.
            guard let file = try? ReadableFile(path: path) else { return [] }
            if offset > file.size { offset = 0 }
            let bytes = try file.read(at: offset, count: Self.pieceSize)
            return Self.text(bytes[...], isLast: isWhole && bytes.count < Self.pieceSize)
        }
    }

    /// The bytes without a character at their end that is not complete; all of them when no more come.
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
