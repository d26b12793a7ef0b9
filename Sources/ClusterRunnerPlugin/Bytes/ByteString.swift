/// Text as bytes: a path, a file name, the value of an atom or of an environment variable.
///
/// The system guarantees only that no such byte is zero, and a Swift `String` cannot hold bytes that are not UTF-8. Two
/// byte strings are equal only if their bytes are; `String` also treats different Unicode normalizations as equal.
public struct ByteString: Sendable {
    /// Two representations, because almost all values are UTF-8 and cost no more than a `String`.
    private enum Storage: Sendable {
        case text(String)
        /// Never valid UTF-8, so that equal bytes have one representation only.
        case bytes([UInt8])
    }

    private let storage: Storage

    /// Creates the bytes of a text.
    public init(_ text: String) {
        storage = .text(text)
    }

    /// Creates a byte string from any bytes.
    public init(_ bytes: some Collection<UInt8>) {
        storage = String(validating: bytes, as: UTF8.self).map(Storage.text) ?? .bytes(Array(bytes))
    }

    /// The bytes.
    public var bytes: [UInt8] {
        switch storage {
        case .text(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        }
    }

    /// The text; nil when the bytes are not UTF-8.
    public var text: String? {
        guard case .text(let text) = storage else { return nil }
        return text
    }

    /// The number of bytes.
    public var count: Int {
        switch storage {
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        }
    }

    /// Whether there are no bytes.
    public var isEmpty: Bool {
        switch storage {
        case .text(let text): text.isEmpty
        case .bytes: false
        }
    }

    /// Calls `body` with the bytes in place.
    package func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        switch storage {
        case .text(var text): try text.withUTF8(body)
        case .bytes(let bytes): try bytes.withUnsafeBufferPointer(body)
        }
    }

    /// The text in readable form.
    ///
    /// UTF-8 is unchanged. In anything else, a byte that belongs to no character is written as `\xe9` and a backslash
    /// as `\\`, so that two different byte strings that are not UTF-8 never look the same.
    public var escaped: String {
        switch storage {
        case .text(let text): text
        case .bytes(let bytes): Self.escape(bytes) { $0 == UInt8(ascii: "\\") ? "\\\\" : nil }
        }
    }

    /// Escapes bytes that belong to no character as `\xe9`, and ASCII characters as `special` says.
    package static func escape(_ bytes: some Collection<UInt8>, special: (UInt8) -> String?) -> String {
        var escaped: [UInt8] = []
        var rest = Array(bytes)[...]
        while let byte = rest.first {
            let length = byte < 0x80 ? 1 : characterLength(of: rest)
            if length == 1, let replacement = special(byte) {
                escaped += replacement.utf8
            } else if length > 0 {
                escaped += rest.prefix(length)
            } else {
                let digits = String(byte, radix: 16)
                escaped += "\\x\(digits.count < 2 ? "0" : "")\(digits)".utf8
            }
            rest = rest.dropFirst(max(length, 1))
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    /// Returns the length of the multi-byte character at the start of the bytes, or 0.
    private static func characterLength(of bytes: ArraySlice<UInt8>) -> Int {
        (2...4).first { $0 <= bytes.count && String(validating: bytes.prefix($0), as: UTF8.self) != nil } ?? 0
    }
}

extension ByteString: Hashable, Comparable {
    public static func == (left: Self, right: Self) -> Bool {
        switch (left.storage, right.storage) {
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        case (.bytes(let left), .bytes(let right)): left == right
        default: false
        }
    }

    /// Orders byte strings by their bytes.
    public static func < (left: Self, right: Self) -> Bool {
        left.withBytes { left in right.withBytes { left.lexicographicallyPrecedes($0) } }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension ByteString: ExpressibleByStringInterpolation, CustomStringConvertible {
    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// ``escaped``.
    public var description: String { escaped }
}

/// The JSON form: a string where the bytes are UTF-8, otherwise `{"text": "caf\\xe9", "base64": "Y2Fm6Q=="}`, where
/// only `base64` is read.
extension ByteString: Codable {
    private enum CodingKeys: String, CodingKey {
        case text
        case base64
    }

    public init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            self.init(text)
            return
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let base64 = try container.decode(String.self, forKey: .base64)
        guard let bytes = Base64.decode(base64) else {
            throw DecodingError.dataCorruptedError(forKey: .base64, in: container, debugDescription: "It is no base64.")
        }
        self.init(bytes)
    }

    public func encode(to encoder: any Encoder) throws {
        switch storage {
        case .text(let text):
            var container = encoder.singleValueContainer()
            try container.encode(text)
        case .bytes(let bytes):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(escaped, forKey: .text)
            try container.encode(Base64.encode(bytes), forKey: .base64)
        }
    }
}
