import ClusterRunnerConcurrency
import Glibc

/// The transfer of contents from the master to a slave: for each a line `HASH SIZE`, then its bytes.
enum LFSTransfer {
    /// Sends contents one after the other; reads when the receiver asks for more.
    static func send(_ contents: [LFSContent], from store: LFSStore) -> AsyncThrowingStream<[UInt8], any Error> {
        let thread = GitThread(label: "send contents")
        // The stream is read by one task; the lock is for the compiler.
        let sender = Lock(Sender(contents: contents, store: store))
        return AsyncThrowingStream {
            try await thread.run { _ in try sender.withLock { try $0.next() } }
        }
    }

    private struct Sender {
        private var waiting: [LFSContent]
        private let store: LFSStore
        private var file: ScratchFile?
        private var offset = 0

        init(contents: [LFSContent], store: LFSStore) {
            (waiting, self.store) = (contents.reversed(), store)
        }

        /// Reads the next bytes; nil at the end.
        mutating func next() throws -> [UInt8]? {
            var bytes: [UInt8] = []
            // Small contents are sent together.
            while bytes.count < 1 << 18 {
                if let file {
                    let piece = try file.read(at: offset, count: 1 << 18)
                    offset += piece.count
                    bytes += piece
                    if piece.isEmpty { self.file = nil }
                } else if let content = waiting.popLast() {
                    file = try ScratchFile(reading: store.path(of: content))
                    offset = 0
                    bytes += Array("\(content.hash) \(content.size)\n".utf8)
                } else {
                    break
                }
            }
            return bytes.isEmpty ? nil : bytes
        }
    }
}
