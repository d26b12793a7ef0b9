import Foundation

/// A path or a name as the file system has it: bytes, which need not be UTF-8.
struct RawPath: Sendable, Hashable {
    let bytes: [UInt8]

    init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    init(_ string: String) {
        bytes = Array(string.utf8)
    }

    /// Copies a path that C code has handed out.
    init(cString: UnsafePointer<CChar>) {
        bytes = Array(UnsafeRawBufferPointer(start: cString, count: strlen(cString)))
    }

    /// The bytes and the final zero that C wants.
    var cString: [CChar] {
        bytes.map { CChar(bitPattern: $0) } + [0]
    }

    /// The path of something inside the directory at this path.
    func appending(_ name: RawPath) -> RawPath {
        RawPath(bytes + [UInt8(ascii: "/")] + name.bytes)
    }

    /// The path with each byte that is no part of valid UTF-8 written as `%` and two hexadecimal digits.
    var escapedToUTF8: RawPath {
        guard String(validating: bytes, as: UTF8.self) == nil else { return self }
        var escaped: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let length = validPrefixLength(of: rest)
            escaped += length > 0 ? Array(rest.prefix(length)) : percentEscape(rest[rest.startIndex])
            rest = rest.dropFirst(max(length, 1))
        }
        return RawPath(escaped)
    }

    /// The length of the one character that the bytes begin with, or 0.
    private func validPrefixLength(of bytes: ArraySlice<UInt8>) -> Int {
        (1...4).first { $0 <= bytes.count && String(validating: bytes.prefix($0), as: UTF8.self) != nil } ?? 0
    }

    private func percentEscape(_ byte: UInt8) -> [UInt8] {
        let digits = String(byte, radix: 16, uppercase: true)
        return Array("%\(digits.count < 2 ? "0" : "")\(digits)".utf8)
    }
}

extension RawPath: CustomStringConvertible {
    var description: String { String(decoding: bytes, as: UTF8.self) }
}
