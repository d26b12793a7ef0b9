extension XMLSource {
    /// The maximum size of a text or of an attribute in bytes; libxml2 refuses documents with one of 10,000,000.
    static let longestText = 4 << 20

    /// Returns a document in UTF-8 whose long texts and attributes lack their middle, and which has no comments.
    static func withoutLongTexts(_ bytes: [UInt8], limit: Int = longestText) -> [UInt8] {
        guard bytes.count > limit else { return bytes }
        var short: [UInt8] = []
        var rest = bytes[...]
        while let first = rest.first {
            if rest.starts(with: "<![CDATA[".utf8) {
                let (content, behind) = split(rest.dropFirst(9), at: "]]>")
                short += Array("<![CDATA[".utf8) + cut(content, limit) + Array("]]>".utf8.prefix(behind == nil ? 0 : 3))
                rest = behind ?? []
            } else if rest.starts(with: "<!--".utf8) {
                rest = split(rest.dropFirst(4), at: "-->").behind ?? []
            } else if first == UInt8(ascii: "<") {
                rest = takeTag(rest, limit, into: &short)
            } else {
                let end = rest.firstIndex(of: UInt8(ascii: "<")) ?? rest.endIndex
                short += cut(rest[..<end], limit)
                rest = rest[end...]
            }
        }
        return short
    }

    /// Copies a tag, in which quoted values may have any character but a quote; returns what is behind it.
    private static func takeTag(_ bytes: ArraySlice<UInt8>, _ limit: Int, into short: inout [UInt8]) -> ArraySlice<
        UInt8
    > {
        var rest = bytes
        while let byte = rest.popFirst() {
            short.append(byte)
            if byte == UInt8(ascii: ">") { return rest }
            guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") else { continue }
            let end = rest.firstIndex(of: byte) ?? rest.endIndex
            short += cut(rest[..<end], limit)
            rest = rest[end...]
            if let quote = rest.popFirst() { short.append(quote) }
        }
        return rest
    }

    /// Returns the bytes before a mark, and those behind it; nil without a mark.
    private static func split(
        _ bytes: ArraySlice<UInt8>,
        at mark: String
    ) -> (before: ArraySlice<UInt8>, behind: ArraySlice<UInt8>?) {
        let mark = Array(mark.utf8)
        var rest = bytes
        while let start = rest.firstIndex(of: mark[0]) {
            rest = rest[start...]
            if rest.starts(with: mark) { return (bytes[..<start], rest.dropFirst(mark.count)) }
            rest = rest.dropFirst()
        }
        return (bytes, nil)
    }

    /// Returns a text without its middle, at whose ends no character and no reference is cut apart.
    private static func cut(_ text: ArraySlice<UInt8>, _ limit: Int) -> [UInt8] {
        guard text.count > limit else { return Array(text) }
        var (start, end) = (text.prefix(limit / 2), text.suffix(limit / 2))
        // The last bytes may be the beginning of a character, the first ones the end of one.
        while let last = start.last, last & 0xC0 == 0x80 { start = start.dropLast() }
        if let last = start.last, last >= 0xC0 { start = start.dropLast() }
        while let first = end.first, first & 0xC0 == 0x80 { end = end.dropFirst() }
        let (ampersand, semicolon) = (UInt8(ascii: "&"), UInt8(ascii: ";"))
        if let open = start.suffix(12).lastIndex(of: ampersand), !start[open...].contains(semicolon) {
            start = start[..<open]
        }
        if let close = end.prefix(12).firstIndex(of: semicolon), !end[..<close].contains(ampersand) {
            end = end[(close + 1)...]
        }
        return start + Array("\n[…]\n".utf8) + end
    }
}
