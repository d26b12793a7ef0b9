package import ClusterRunnerPlugin

/// The names and values of a query string or of a submitted form.
package struct QueryString: Sendable, Equatable, CustomStringConvertible {
    private var fields: [Field] = []

    private struct Field: Equatable {
        let name: ByteString
        let value: ByteString
    }

    /// Creates an empty one.
    package init() {}

    /// Parses a text without its question mark; a plus sign is a space, as in forms.
    package init(_ text: some StringProtocol) {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            fields.append(
                Field(name: Self.decode(parts[0]), value: parts.count > 1 ? Self.decode(parts[1]) : ByteString(""))
            )
        }
    }

    /// The first value of a name; nil when it is missing or empty.
    package subscript(name: String) -> String? {
        bytes(name).map(\.escaped)
    }

    /// Returns the bytes of a name's first value; nil when it is missing or empty.
    package func bytes(_ name: String) -> ByteString? {
        fields.first { $0.name == ByteString(name) }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }

    /// Returns a copy with another value for a name, or without it.
    package func with(_ name: String, _ value: String?) -> Self {
        with(name, bytes: value.map { ByteString($0) })
    }

    /// Returns a copy with other bytes for a name, or without it.
    package func with(_ name: String, bytes value: ByteString?) -> Self {
        var copy = self
        copy.fields.removeAll { $0.name == ByteString(name) }
        if let value, !value.isEmpty { copy.fields.append(Field(name: ByteString(name), value: value)) }
        return copy
    }

    /// The text, without a question mark.
    package var description: String {
        fields.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }.joined(separator: "&")
    }

    /// Appends the query to a path.
    package func after(_ path: String) -> String { fields.isEmpty ? path : "\(path)?\(self)" }

    private static func decode(_ text: some StringProtocol) -> ByteString {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return ByteString(bytes)
    }

    private static func encode(_ text: ByteString) -> String {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/".utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.bytes {
            bytes +=
                plain.contains(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
