import ClusterRunnerTerminal
import Foundation

/// The matches of a search in an output.
struct ConsoleMatches: Sendable, Equatable {
    /// A line with its number, from 0.
    struct Line: Sendable, Equatable {
        let number: Int
        let text: String
    }

    /// The matching lines, in order.
    var lines: [Line] = []
    /// The line where the search continues; nil when all lines were searched.
    var next: Int?
}

/// A search for a text in an output that comes in pieces, line by line.
///
/// It ignores the case of ASCII letters, and searches lines as the console page shows them. It keeps only one piece and
/// the beginning of a line: the part of a line beyond ``lineLimit`` is not searched.
struct ConsoleSearch {
    private let needle: [UInt8]
    private let limit: Int
    private var line = 0
    /// The beginning of an unfinished line.
    private var rest: [UInt8] = []
    private(set) var matches = ConsoleMatches()

    /// The bytes of a line that are searched.
    static let lineLimit = 1 << 20
    /// The bytes of a line that are returned.
    private static let shownLimit = 400

    /// Creates a search that ends after `limit` matching lines.
    init(_ text: String, limit: Int) {
        needle = text.utf8.map(Self.lowercased)
        self.limit = limit
    }

    /// Whether the limit is reached.
    var hasEnough: Bool { matches.lines.count >= limit }

    /// Sets the line with which the first piece begins.
    mutating func begin(atLine line: Int) { self.line = line }

    /// Searches a whole output from a line on.
    mutating func read(_ bytes: ArraySlice<UInt8>, from first: Int) {
        var rest = bytes
        for _ in 0..<first {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return }
            rest = rest[(end + 1)...]
        }
        begin(atLine: first)
        add(rest)
        finish(isAtEnd: true)
    }

    /// Searches the next piece.
    mutating func add(_ piece: ArraySlice<UInt8>) {
        var begin = piece.startIndex
        while !hasEnough, let end = piece[begin...].firstIndex(of: UInt8(ascii: "\n")) {
            let part = piece[begin..<end].prefix(Self.lineLimit - rest.count)
            look(at: rest.isEmpty ? part : (rest + part)[...])
            rest.removeAll(keepingCapacity: true)
            line += 1
            begin = end + 1
        }
        if !hasEnough { rest += piece[begin...].prefix(Self.lineLimit - rest.count) }
    }

    /// Ends the search; `isAtEnd` means that no lines follow.
    mutating func finish(isAtEnd: Bool) {
        if isAtEnd, !hasEnough, !rest.isEmpty {
            look(at: rest[...])
            line += 1
            rest = []
        }
        matches.next = isAtEnd && !hasEnough ? nil : line
    }

    private mutating func look(at bytes: ArraySlice<UInt8>) {
        let plain = Self.plain(bytes)
        guard contains(plain) else { return }
        let shown = String(decoding: plain.prefix(Self.shownLimit), as: UTF8.self)
        matches.lines.append(ConsoleMatches.Line(number: line, text: shown))
    }

    /// Returns a line as the console page shows it, so that the search finds the visible text.
    private static func plain(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let line = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
        if TerminalText.isPlain(line) { return line }
        return Array(TerminalText.plain(String(decoding: line, as: UTF8.self)).utf8)[...]
    }

    private func contains(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.map(Self.lowercased).withUnsafeBytes { haystack in
            needle.withUnsafeBytes { needle in
                guard let start = haystack.baseAddress, let text = needle.baseAddress else { return false }
                return Self.find(text, needle.count, in: start, haystack.count)
            }
        }
    }

    private static func find(
        _ needle: UnsafeRawPointer,
        _ length: Int,
        in start: UnsafeRawPointer,
        _ count: Int
    ) -> Bool {
        let first = Int32(needle.load(as: UInt8.self))
        var place = start
        while start + count - place >= length {
            guard let found = memchr(place, first, start + count - place - length + 1) else { return false }
            if memcmp(found, needle, length) == 0 { return true }
            place = UnsafeRawPointer(found) + 1
        }
        return false
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
