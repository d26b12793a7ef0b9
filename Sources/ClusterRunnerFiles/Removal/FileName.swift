import Glibc

/// A name or a path as system calls take it: bytes other than zero, which need not be UTF-8, and a final zero.
struct FileName: Hashable, Sendable {
    /// The bytes with the final zero.
    let cString: [CChar]

    init(_ bytes: some Sequence<UInt8>) {
        cString = bytes.map { CChar(bitPattern: $0) } + [0]
    }

    /// The name in a directory entry, read in place: the record is shorter than the C struct that describes it.
    init(of entry: UnsafeMutablePointer<dirent>) {
        let start = Self.start(of: entry)
        cString = Array(UnsafeBufferPointer(start: start, count: strlen(start) + 1))
    }

    /// Where the name of a directory entry begins.
    static func start(of entry: UnsafeMutablePointer<dirent>) -> UnsafePointer<CChar> {
        let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
        return UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
    }

    /// The bytes without the final zero.
    var bytes: [UInt8] { cString.dropLast().map { UInt8(bitPattern: $0) } }
}
