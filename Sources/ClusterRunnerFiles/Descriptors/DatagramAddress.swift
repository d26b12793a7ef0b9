package import ClusterRunnerPlugin
import Glibc

/// The address of a Unix datagram socket.
package struct DatagramAddress: Sendable, Equatable {
    /// The name as the system takes it: an absolute path, or a zero byte and an abstract name.
    private let name: [UInt8]

    /// The maximum length of a name, for which the system has 108 bytes and a path needs a zero byte at its end.
    private static let limit = 107

    /// Creates an address from an absolute path, or from `@` and an abstract name; nil from other texts.
    package init?(_ text: ByteString) {
        let bytes = text.bytes
        guard bytes.count > 1, bytes.count <= Self.limit, !bytes.contains(0) else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "/"): name = bytes
        case UInt8(ascii: "@"): name = [0] + bytes.dropFirst()
        default: return nil
        }
    }

    /// Sends a message; waits while the queue of the receiver is full.
    ///
    /// - Throws: the fault of the system, such as `ENOENT` and `ECONNREFUSED` without a receiver.
    package func send(_ message: some Sequence<UInt8>) throws(SystemFault) {
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = OpenFile(owning: try retryingInterrupts { Glibc.socket(AF_UNIX, type, 0) })
        let message = Array(message)
        try withSystemAddress { address, length throws(SystemFault) in
            try retryingInterrupts {
                sendto(socket.descriptor, message, message.count, Int32(MSG_NOSIGNAL), address, length)
            }
        }
    }

    private func withSystemAddress(
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemFault) -> Int
    ) throws(SystemFault) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                Result { () throws(SystemFault) in try body(pointer, length) }
            }
        }
        _ = try result.get()
    }
}
