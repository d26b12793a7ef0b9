import Foundation

/// Conversions for C code and the file system.
extension ByteString {
    /// Copies the bytes up to the terminating zero.
    package init(cString: UnsafePointer<CChar>) {
        self.init(UnsafeRawBufferPointer(start: cString, count: strlen(cString)))
    }

    /// The bytes with the terminating zero.
    package var cString: [CChar] {
        withBytes { bytes in
            [CChar](unsafeUninitializedCapacity: bytes.count + 1) { buffer, count in
                for (index, byte) in bytes.enumerated() {
                    buffer.initializeElement(at: index, to: CChar(bitPattern: byte))
                }
                buffer.initializeElement(at: bytes.count, to: 0)
                count = bytes.count + 1
            }
        }
    }

    /// Appends a component to the path.
    package func appending(_ name: ByteString) -> ByteString {
        if let text, let name = name.text { return ByteString("\(text)/\(name)") }
        return ByteString(bytes + [UInt8(ascii: "/")] + name.bytes)
    }

    /// The components of a path, without empty ones.
    package var names: [ByteString] {
        bytes.split(separator: UInt8(ascii: "/")).map { ByteString($0) }
    }

    /// Joins components to a path.
    package init(names: some Sequence<ByteString>) {
        self.init(Array(names.map(\.bytes).joined(separator: [UInt8(ascii: "/")])))
    }

    /// The absolute path without `.`, `..` and empty components; symbolic links are not resolved.
    package var standardized: ByteString {
        let kept = names.reduce(into: [ByteString]()) { kept, name in
            if name == ".." { _ = kept.popLast() } else if name != "." { kept.append(name) }
        }
        return ByteString([UInt8(ascii: "/")] + ByteString(names: kept).bytes)
    }

    /// The path from the root of the file system on, by the current directory; itself where that is unknown.
    package var absolute: ByteString {
        guard !isAbsolute, let here = getcwd(nil, 0) else { return self }
        defer { free(here) }
        return ByteString(cString: here).appending(self)
    }

    /// The path of the parent directory.
    package var parent: ByteString {
        let above = ByteString(names: names.dropLast())
        return isAbsolute ? ByteString([UInt8(ascii: "/")] + above.bytes) : above
    }

    /// Whether the path starts at the root of the file system.
    package var isAbsolute: Bool { withBytes { $0.first == UInt8(ascii: "/") } }
}
