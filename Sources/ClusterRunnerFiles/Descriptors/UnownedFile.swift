import Glibc
import SystemPackage

/// An open file of another owner, such as a standard stream, without a wait for a slow reader or writer.
package struct UnownedFile: Sendable {
    private let file: FileDescriptor

    package init(_ descriptor: Int32) {
        file = FileDescriptor(rawValue: descriptor)
    }

    /// Writes bytes by a single call.
    ///
    /// - Returns: how many of them were written.
    package func write(_ bytes: ArraySlice<UInt8>) throws(SystemFault) -> Int {
        try retryingFileDescriptor {
            try bytes.withUnsafeBytes { try file.write($0, retryOnInterrupt: false) }
        }
    }

    /// Reads what is there, at most `limit` bytes; empty at the end of the file.
    package func read(upTo limit: Int) throws(SystemFault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = try retryingFileDescriptor {
            try bytes.withUnsafeMutableBytes { try file.read(into: $0, retryOnInterrupt: false) }
        }
        return Array(bytes.prefix(count))
    }

    /// Sends bytes to the reader of a socket without waiting for it; fails with `ENOTSOCK` for other files.
    ///
    /// - Returns: how many of them were sent.
    func send(_ bytes: ArraySlice<UInt8>) throws(SystemFault) -> Int {
        try retryingInterrupts {
            bytes.withUnsafeBytes {
                Glibc.send(file.rawValue, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
            }
        }
    }

    /// Waits until bytes can be written; false when that takes longer than a number of milliseconds.
    ///
    /// Without a number it waits for any time.
    package func isWritable(within milliseconds: Int32? = nil) throws(SystemFault) -> Bool {
        var entry = pollfd(fd: file.rawValue, events: Int16(POLLOUT), revents: 0)
        return try retryingInterrupts { poll(&entry, 1, milliseconds ?? -1) } > 0
    }
}

extension OpenFile {
    /// The file without its ownership.
    package var unowned: UnownedFile { UnownedFile(descriptor) }
}
