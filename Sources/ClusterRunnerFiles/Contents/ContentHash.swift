import COpenSSL
import ClusterRunnerPlugin

/// The SHA-256 of a content, by which it is named.
package struct ContentHash: Hashable, Sendable, CustomStringConvertible {
    /// The number of its bytes.
    package static let size = 32

    private let words: SIMD4<UInt64>

    static let failure = ClusterRunnerError(.failed, "libcrypto could not hash the contents of a file.")

    /// Hashes bytes.
    package init(of bytes: UnsafeRawBufferPointer) throws {
        try self.init { EVP_Digest(bytes.baseAddress, bytes.count, $0, nil, EVP_sha256(), nil) == 1 }
    }

    /// Hashes bytes.
    package init(of bytes: some Collection<UInt8>) throws {
        let hash = try bytes.withContiguousStorageIfAvailable { try Self(of: UnsafeRawBufferPointer($0)) }
        self = try hash ?? Array(bytes).withUnsafeBytes { try Self(of: $0) }
    }

    /// Reads the 32 bytes of a hash; nil when there are more or fewer.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        var words = SIMD4<UInt64>()
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
        self.words = words
    }

    /// Reads 64 hexadecimal digits; nil for other texts.
    package init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 2 * Self.size else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(bytes: bytes)
    }

    init(_ write: (UnsafeMutablePointer<UInt8>) -> Bool) throws {
        var words = SIMD4<UInt64>()
        let isDone = withUnsafeMutableBytes(of: &words) { bytes in
            bytes.withMemoryRebound(to: UInt8.self) { bytes in bytes.baseAddress.map(write) ?? false }
        }
        guard isDone else { throw Self.failure }
        self.words = words
    }

    /// Its 32 bytes.
    package var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    /// Its 64 hexadecimal digits, in lower case.
    package var description: String {
        String(unsafeUninitializedCapacity: 2 * Self.size) { digits in
            withUnsafeBytes(of: words) { bytes in
                for (index, byte) in bytes.enumerated() {
                    digits[2 * index] = Self.digit(byte >> 4)
                    digits[2 * index + 1] = Self.digit(byte & 15)
                }
            }
            return 2 * Self.size
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 97...102: digit - 87
        case 65...70: digit - 55
        default: nil
        }
    }
}
