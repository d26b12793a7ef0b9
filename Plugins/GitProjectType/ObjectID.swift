import CGit2

/// The name of an object in a repository, a SHA-1.
struct ObjectID: Hashable, Sendable, CustomStringConvertible {
    // Three words instead of libgit2's tuple of twenty bytes, so that hashing and comparing are synthesized.
    private let first: UInt64
    private let second: UInt64
    private let third: UInt32

    init(_ oid: git_oid) {
        (first, second, third) = withUnsafeBytes(of: oid) { bytes in
            (
                bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
            )
        }
    }

    /// Parses the forty hexadecimal digits of a full name; nil for any other text.
    init?(hex: String) {
        var oid = git_oid()
        guard hex.utf8.count == 40, hex.utf8.allSatisfy(\.isHexDigit), git_oid_fromstr(&oid, hex) == 0 else {
            return nil
        }
        self.init(oid)
    }

    /// Creates the name of a blob with this content; a short, safe name for any text.
    init(hashing text: String) throws {
        try self.init(hashing: Array(text.utf8))
    }

    /// Creates the name of a blob with these bytes.
    init(hashing bytes: [UInt8]) throws {
        var oid = git_oid()
        try checked(git_odb_hash(&oid, bytes, bytes.count, GIT_OBJECT_BLOB))
        self.init(oid)
    }

    /// The name in the form of libgit2.
    var oid: git_oid {
        var oid = git_oid()
        withUnsafeMutableBytes(of: &oid) { bytes in
            bytes.storeBytes(of: first, toByteOffset: 0, as: UInt64.self)
            bytes.storeBytes(of: second, toByteOffset: 8, as: UInt64.self)
            bytes.storeBytes(of: third, toByteOffset: 16, as: UInt32.self)
        }
        return oid
    }

    /// The forty lower-case hexadecimal digits.
    var description: String {
        var oid = oid
        var buffer = [CChar](repeating: 0, count: 40)
        git_oid_fmt(&buffer, &oid)
        return String(decoding: buffer.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension UInt8 {
    /// Whether this is the ASCII code of a hexadecimal digit.
    var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
