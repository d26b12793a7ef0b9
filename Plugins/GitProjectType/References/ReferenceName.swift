import ClusterRunnerPlugin
import Glibc

/// The full name of a reference, such as `refs/heads/main`.
///
/// Bytes, as in git: names need not be UTF-8, and two normalizations of a character make two names.
struct ReferenceName: Hashable, Sendable {
    let bytes: [UInt8]

    init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    init(_ text: String) {
        self.init(text.utf8)
    }

    /// Copies a name of libgit2.
    init(cString: UnsafePointer<CChar>) {
        self.init(UnsafeRawBufferPointer(start: cString, count: strlen(cString)))
    }

    /// The name with its terminating zero, for libgit2.
    var cString: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

    /// The name for messages; bytes that are not UTF-8 are escaped.
    var text: String { ByteString(bytes).escaped }

    func hasPrefix(_ prefix: String) -> Bool { bytes.starts(with: prefix.utf8) }

    func hasSuffix(_ suffix: String) -> Bool { bytes.reversed().starts(with: suffix.utf8.reversed()) }

    /// Returns the rest of the name after a prefix; nil when it does not begin with it.
    func dropping(_ prefix: String) -> ReferenceName? {
        hasPrefix(prefix) ? ReferenceName(bytes.dropFirst(prefix.utf8.count)) : nil
    }

    /// Whether references of this name and the other cannot exist together, such as `a` and `a/b`.
    func excludes(_ other: ReferenceName) -> Bool {
        let slash = UInt8(ascii: "/")
        return other.bytes.starts(with: bytes + [slash]) || bytes.starts(with: other.bytes + [slash])
    }
}

extension ReferenceName: Comparable {
    static func < (left: Self, right: Self) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

extension ReferenceName: ExpressibleByStringInterpolation, CustomStringConvertible {
    init(stringLiteral value: String) {
        self.init(value)
    }

    var description: String { text }
}
