import Glibc

/// A name or a path in the form of system calls: bytes other than zero, which need not be UTF-8, and a final zero.
package struct FileName: Hashable, Sendable {
    /// The bytes with the final zero.
    package let cString: [CChar]

    package init(_ bytes: some Sequence<UInt8>) {
        cString = bytes.map { CChar(bitPattern: $0) } + [0]
    }

    /// Copies the bytes up to the terminating zero.
    package init(cString start: UnsafePointer<CChar>) {
        cString = Array(UnsafeBufferPointer(start: start, count: strlen(start) + 1))
    }

    /// The bytes without the final zero.
    package var bytes: [UInt8] { cString.dropLast().map { UInt8(bitPattern: $0) } }

    /// Returns the path of an entry below this one; below the empty path it is the name itself.
    package func appending(_ name: FileName) -> FileName {
        cString.count == 1 ? name : FileName(path: cString.dropLast() + [CChar(UInt8(ascii: "/"))] + name.cString)
    }

    private init(path cString: [CChar]) {
        self.cString = cString
    }
}
