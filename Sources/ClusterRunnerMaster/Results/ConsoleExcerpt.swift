/// Some lines of an atom's console output.
struct ConsoleExcerpt: Sendable, Equatable {
    /// The number of the first line, from 0.
    let offset: Int
    /// The number of lines.
    let count: Int
    /// The number of lines of the whole output.
    let total: Int
    /// The lines, each with its newline.
    let content: [UInt8]

    /// Creates an excerpt from lines that were already cut out.
    init(offset: Int, count: Int, total: Int, content: [UInt8]) {
        self.offset = offset
        self.count = count
        self.total = total
        self.content = content
    }

    /// Cuts lines out of an output.
    ///
    /// - Parameters:
    ///   - chunks: the output in pieces, read twice.
    ///   - offset: the first line; nil selects the last lines.
    ///   - maxLines: the maximum number of lines.
    init<Chunks: Sequence<[UInt8]>>(of chunks: () throws -> Chunks, offset: Int?, maxLines: Int) rethrows {
        var total = 0
        var last = UInt8(ascii: "\n")
        for chunk in try chunks() {
            total += chunk.reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
            last = chunk.last ?? last
        }
        if last != UInt8(ascii: "\n") { total += 1 }
        let first = min(offset ?? max(0, total - maxLines), total)
        // Not `first + maxLines`, which may overflow.
        let end = first + min(maxLines, total - first)
        var line = 0
        var content: [UInt8] = []
        for chunk in try chunks() where line < end {
            for byte in chunk where line < end {
                if line >= first { content.append(byte) }
                if byte == UInt8(ascii: "\n") { line += 1 }
            }
        }
        self.offset = first
        self.count = end - first
        self.total = total
        self.content = content
    }
}
