import SystemPackage

extension OpenFile {
    /// Reads the next bytes, or those at an offset, up to the size of the buffer.
    ///
    /// - Returns: their number; 0 only at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int? = nil) throws(SystemFault) -> Int {
        try retryingFileDescriptor { [file] in
            guard let offset else { return try file.read(into: buffer, retryOnInterrupt: false) }
            return try file.read(fromAbsoluteOffset: Int64(offset), into: buffer, retryOnInterrupt: false)
        }
    }

    /// Fills a buffer with the next bytes, or with those at an offset.
    ///
    /// - Returns: their number, less than the size of the buffer only at the end.
    package func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int? = nil) throws(SystemFault) -> Int {
        var count = 0
        while count < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
            let more = try read(into: rest, at: offset.map { $0 + count })
            guard more > 0 else { break }
            count += more
        }
        return count
    }

    /// Reads bytes from an offset; fewer than requested only at the end.
    package func bytes(from offset: Int = 0, count: Int) throws(SystemFault) -> [UInt8] {
        try Self.bytes(count) { buffer throws(SystemFault) in try fill(buffer, at: offset) }
    }

    /// Reads the next bytes; fewer than requested only at the end.
    package func nextBytes(_ count: Int) throws(SystemFault) -> [UInt8] {
        try Self.bytes(count) { buffer throws(SystemFault) in try fill(buffer) }
    }

    /// Reads bytes from an offset by a single call, which may return fewer than requested; none only at the end.
    package func piece(from offset: Int, upTo count: Int) throws(SystemFault) -> [UInt8] {
        try Self.bytes(count) { buffer throws(SystemFault) in try read(into: buffer, at: offset) }
    }

    /// Reads the file from its beginning to its end, or to a limit.
    ///
    /// For files whose size is not known before, such as those of `/proc`.
    package func readToEnd(limit: Int = .max) throws(SystemFault) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let piece = try piece(from: bytes.count, upTo: min(Self.pieceSize, limit - bytes.count))
            guard !piece.isEmpty else { break }
            bytes += piece
        }
        return bytes
    }

    private static let pieceSize = 16 << 10

    private static func bytes(
        _ capacity: Int,
        _ read: (UnsafeMutableRawBufferPointer) throws(SystemFault) -> Int
    ) throws(SystemFault) -> [UInt8] {
        // An array without room is one that all threads share, and its number of elements is written below.
        guard capacity > 0 else { return [] }
        var fault: SystemFault?
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            // An array may have room for more.
            let wanted = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<capacity]))
            do throws(SystemFault) {
                count = try read(wanted)
            } catch {
                fault = error
            }
        }
        if let fault { throw fault }
        return bytes
    }
}
