import Glibc
import SystemPackage

extension OpenFile {
    /// Writes bytes at the current position, or at an offset, by a single call.
    ///
    /// - Returns: how many of them were written.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int? = nil) throws(SystemFault) -> Int {
        try retryingFileDescriptor { [file] in
            guard let offset else { return try file.write(bytes, retryOnInterrupt: false) }
            return try file.write(toAbsoluteOffset: Int64(offset), bytes, retryOnInterrupt: false)
        }
    }

    /// Writes all bytes at the current position, or at an offset.
    package func writeAll(_ bytes: UnsafeRawBufferPointer, at offset: Int? = nil) throws(SystemFault) {
        try Self.writeAll(bytes) { rest, done throws(SystemFault) in
            try write(rest, at: offset.map { $0 + done })
        }
    }

    /// Writes all bytes at the current position, or at an offset.
    package func writeAll(_ bytes: some Collection<UInt8>, at offset: Int? = nil) throws(SystemFault) {
        let fault = bytes.withContiguousStorageIfAvailable { faultOfWriting(UnsafeRawBufferPointer($0), at: offset) }
        if let fault = fault ?? Array(bytes).withUnsafeBytes({ faultOfWriting($0, at: offset) }) { throw fault }
    }

    private func faultOfWriting(_ bytes: UnsafeRawBufferPointer, at offset: Int?) -> SystemFault? {
        do {
            try writeAll(bytes, at: offset)
            return nil
        } catch {
            return error
        }
    }

    /// Calls `write` with what is left of the bytes, and with the number of those before, until none are left.
    static func writeAll(
        _ bytes: UnsafeRawBufferPointer,
        by write: (_ rest: UnsafeRawBufferPointer, _ done: Int) throws(SystemFault) -> Int
    ) throws(SystemFault) {
        var done = 0
        while done < bytes.count {
            let count = try write(UnsafeRawBufferPointer(rebasing: bytes[done...]), done)
            // Would never end; no file system does that.
            guard count > 0 else { throw SystemFault(EIO) }
            done += count
        }
    }

    /// Waits until the file is on its disk.
    package func synchronize() throws(SystemFault) {
        try retryingInterrupts { fsync(descriptor) }
    }

    /// Waits until the bytes of the file are on its disk, with the metadata that reading them needs.
    package func synchronizeBytes() throws(SystemFault) {
        try retryingInterrupts { fdatasync(descriptor) }
    }

    /// Cuts or extends the file to a size.
    package func resize(to size: Int) throws(SystemFault) {
        try retryingInterrupts { ftruncate(descriptor, off_t(size)) }
    }
}
