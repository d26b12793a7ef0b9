import ClusterRunnerPlugin
import Foundation

/// A file of output of any size whose lines are read by number.
struct IndexedConsole {
    private let file: ReadableFile
    private let index: LineIndex
    private let isWhole: Bool

    /// The maximum bytes of one excerpt, because a line may be as long as the file.
    static let excerptLimit = 4 << 20

    /// Opens a file and counts its new lines.
    ///
    /// While the file may grow, the text after the last newline is not a line.
    init(path: String, index indexPath: String, isWhole: Bool) throws {
        file = try ReadableFile(path: path)
        self.isWhole = isWhole
        let identity = file.identity
        let known = LineIndex(at: indexPath, of: file, isWhole: isWhole)
        var index = known ?? LineIndex(inode: identity.inode, changed: isWhole ? identity.changed : 0)
        let hasGrown = try index.extend(over: file)
        // Short files are counted as fast as an index is read.
        if hasGrown, index.size > LineIndex.blockSize { index.keep(at: indexPath) }
        self.index = index
    }

    /// The bytes of the file read so far.
    var bytesRead: Int { file.bytesRead }

    /// The number of lines.
    var lines: Int { index.lines + (isWhole && !index.endsInLine ? 1 : 0) }

    /// Returns the lines from one on, or the last ones; fewer than `maxLines` when they are very long.
    func excerpt(offset: Int?, maxLines: Int) throws -> ConsoleExcerpt {
        let total = lines
        let first = min(offset ?? max(0, total - maxLines), total)
        let count = min(maxLines, total - first)
        let begin = try index.offset(ofLine: first, in: file)
        let end = try index.offset(ofLine: first + count, in: file)
        guard end - begin > Self.excerptLimit else {
            let content = try file.read(at: begin, count: end - begin)
            return ConsoleExcerpt(offset: first, count: count, total: total, content: content)
        }
        return try offset == nil
            ? lastLines(before: end, of: total) : firstLines(from: begin, number: first, of: total)
    }

    /// The maximum bytes that one search reads; the next search continues there.
    static let searchLimit = 256 << 20
    private static let pieceSize = 1 << 20

    /// Feeds lines to a search, from one on, until it has enough.
    func search(_ search: inout ConsoleSearch, from line: Int) async throws {
        var place = try index.offset(ofLine: line, in: file)
        let end = try index.offset(ofLine: lines, in: file)
        search.begin(atLine: min(line, lines))
        let limit = min(end, place + Self.searchLimit)
        while place < limit, !search.hasEnough {
            let piece = try file.read(at: place, count: min(Self.pieceSize, limit - place))
            guard !piece.isEmpty else { break }
            search.add(piece[...])
            place += piece.count
            await Task.yield()
        }
        search.finish(isAtEnd: place >= end)
    }

    private func firstLines(from begin: Int, number: Int, of total: Int) throws -> ConsoleExcerpt {
        var content = try file.read(at: begin, count: Self.excerptLimit)
        if let newline = content.lastIndex(of: UInt8(ascii: "\n")) { content.removeSubrange((newline + 1)...) }
        let count = max(1, content.count { $0 == UInt8(ascii: "\n") })
        return ConsoleExcerpt(offset: number, count: count, total: total, content: content)
    }

    private func lastLines(before end: Int, of total: Int) throws -> ConsoleExcerpt {
        var content = try file.read(at: end - Self.excerptLimit, count: Self.excerptLimit)
        if let newline = content.dropLast().firstIndex(of: UInt8(ascii: "\n")) { content.removeSubrange(...newline) }
        let newlines = content.count { $0 == UInt8(ascii: "\n") }
        let count = max(1, newlines + (content.last == UInt8(ascii: "\n") ? 0 : 1))
        return ConsoleExcerpt(offset: total - count, count: count, total: total, content: content)
    }
}
