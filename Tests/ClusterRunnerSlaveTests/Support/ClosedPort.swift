import Foundation
import Testing

/// A port of 127.0.0.1 without a listener, reserved for the life of the object.
final class ClosedPort: Sendable {
    let port: Int
    private let socket: Int32

    init() throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
            return bind(socket, pointer, length) == 0 ? getsockname(socket, pointer, &length) : -1
        }
        self.socket = socket
        port = Int(UInt16(bigEndian: address.sin_port))
        try #require(status == 0, "No port: \(String(cString: strerror(errno)))")
    }

    deinit { close(socket) }
}
