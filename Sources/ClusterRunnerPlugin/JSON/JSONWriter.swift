/// A writer of JSON texts: on one line, with the members of objects in the order of their keys.
///
/// Every atom causes several events and answers. `JSONEncoder` would cost more than all other work on them.
package struct JSONWriter {
    /// The text written so far.
    package private(set) var bytes: [UInt8] = []

    /// Creates an empty writer.
    package init() {}

    /// Creates a writer that continues a text.
    package init(behind text: [UInt8]) {
        bytes = text
    }

    /// Appends a text unchanged.
    package mutating func append(verbatim text: some Sequence<UInt8>) {
        bytes += text
    }

    /// Appends a value.
    ///
    /// - Throws: ``ClusterRunnerError`` when a number is not finite, which JSON cannot express.
    package mutating func write(_ value: JSONValue) throws {
        switch value {
        case .null: bytes += "null".utf8
        case .bool(let flag): bytes += (flag ? "true" : "false").utf8
        case .integer(let number): write(number)
        case .number(let number): try write(number)
        case .string(let string): write(string)
        case .array(let elements): try write(elements)
        case .object(let members): try write(members)
        }
    }

    /// Appends an object.
    package mutating func write(_ members: [String: JSONValue]) throws {
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            write(key)
            bytes.append(UInt8(ascii: ":"))
            try write(value)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// Appends a list.
    package mutating func write(_ elements: [JSONValue]) throws {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            try write(element)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Closes an object whose members were written from `start` on, each with a comma after it: puts them into the order
    /// of their keys.
    package mutating func closeMembers(_ members: ArraySlice<(key: String, start: Int)>, from start: Int) {
        guard !members.isEmpty else { return bytes.append(UInt8(ascii: "}")) }
        if !members.indices.dropFirst().allSatisfy({ members[$0 - 1].key < members[$0].key }) {
            let ends = members.dropFirst().map(\.start) + [bytes.count]
            let ordered = zip(members, ends).sorted { $0.0.key < $1.0.key }
            var sorted: [UInt8] = []
            sorted.reserveCapacity(bytes.count - start)
            for (member, end) in ordered { sorted += bytes[member.start..<end] }
            bytes.replaceSubrange(start..., with: sorted)
        }
        bytes[bytes.count - 1] = UInt8(ascii: "}")
    }

    /// Closes a list whose `count` elements were written, each with a comma after it.
    package mutating func closeElements(count: Int) {
        guard count > 0 else { return bytes.append(UInt8(ascii: "]")) }
        bytes[bytes.count - 1] = UInt8(ascii: "]")
    }

    /// Appends one byte as it is.
    package mutating func append(_ byte: UInt8) {
        bytes.append(byte)
    }

    /// Appends a whole number.
    package mutating func write(_ number: Int) {
        bytes += String(number).utf8
    }

    /// Appends a number; one without a fraction is written as a whole number.
    package mutating func write(_ number: Double) throws {
        guard number.isFinite else {
            throw ClusterRunnerError(
                .invalidArgument,
                "The number \(number) cannot be kept: JSON has only finite ones."
            )
        }
        let text = number.description
        bytes += (text.hasSuffix(".0") ? text.dropLast(2) : text[...]).utf8
    }

    /// Appends a text in quotes.
    package mutating func write(_ string: String) {
        var string = string
        bytes.append(UInt8(ascii: "\""))
        string.withUTF8 { append($0) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends runs without escapes as a whole, and the rest byte by byte.
    private mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
        var rest = text[...]
        while let position = rest.firstIndex(where: Self.mustBeEscaped) {
            bytes += rest[..<position]
            escape(rest[position])
            rest = rest[(position + 1)...]
        }
        bytes += rest
    }

    private static func mustBeEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): bytes += "\\\"".utf8
        case UInt8(ascii: "\\"): bytes += "\\\\".utf8
        case 0x08: bytes += "\\b".utf8
        case 0x0C: bytes += "\\f".utf8
        case UInt8(ascii: "\n"): bytes += "\\n".utf8
        case UInt8(ascii: "\r"): bytes += "\\r".utf8
        case UInt8(ascii: "\t"): bytes += "\\t".utf8
        default:
            let digits = String(byte, radix: 16)
            bytes += "\\u00\(digits.count < 2 ? "0" : "")\(digits)".utf8
        }
    }
}

extension JSONValue {
    /// Returns the value as a JSON text.
    package func text() throws -> [UInt8] {
        var writer = JSONWriter()
        try writer.write(self)
        return writer.bytes
    }
}
