import Foundation
import Testing

/// A Unix datagram socket that takes messages, as systemd's does.
final class DatagramReceiver: Sendable {
    /// The name for `NOTIFY_SOCKET`: a path, or `@` and an abstract name.
    let name: String
    private let socket: Int32
    private let messages = Watched<[String]>([])

    /// Binds a socket to a name.
    init(_ name: String) throws {
        self.name = name
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = name.hasPrefix("@") ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8)
        try #require(bytes.count < 108, "\(name) is too long for a socket.")
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) }
        }
        try #require(result == 0, "\(name): \(String(cString: strerror(errno)))")
        Thread.detachNewThread { [socket, messages] in
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = recv(socket, &buffer, buffer.count, 0)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                let message = String(decoding: buffer.prefix(count), as: UTF8.self)
                messages.update { $0.append(message) }
            }
            close(socket)
        }
    }

    /// The messages so far.
    var all: [String] { messages.value }

    /// Waits for a message that has a line.
    @discardableResult
    func message(with line: String, after start: Int = 0) async throws -> String {
        try await message(after: start) { $0.split(separator: "\n").contains { $0 == line } }
    }

    /// Waits for a message, the first after a number of them.
    func message(
        after start: Int = 0,
        where isRight: @escaping @Sendable (String) -> Bool
    ) async throws -> String {
        try await messages.first { $0.dropFirst(start).first(where: isRight) }
    }

    /// Ends the receiver.
    func end() { shutdown(socket, Int32(SHUT_RDWR)) }
}
