import Foundation

/// A file descriptor that is closed with its last reference.
final class OpenFile {
    let descriptor: Int32

    /// Takes over a descriptor; nil for the -1 of a failed call.
    init?(_ descriptor: Int32) {
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Reads the next bytes, up to the buffer's size; 0 at the end of the file, -1 with `errno` on an error.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        retryingInterrupts { Foundation.read(descriptor, buffer.baseAddress, buffer.count) }
    }

    /// Writes all the bytes at the end, or at the offset; false, with `errno`, on an error.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int? = nil) -> Bool {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let written = retryingInterrupts {
                if let offset { return pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done)) }
                return Foundation.write(descriptor, rest.baseAddress, rest.count)
            }
            guard written >= 0 else { return false }
            done += written
        }
        return true
    }

    private func retryingInterrupts(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}
