import Dispatch
import Foundation
import Testing

/// A connection of plain sockets to a port of this machine, which reads only on request.
final class RawConnection: Sendable {
    private let socket: Int32

    /// Connects, with a small buffer for unread bytes.
    init(port: Int) throws {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var size: Int32 = 4096
        setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
    }

    deinit { close(socket) }

    /// Sends a GET request for a path.
    func get(_ path: String, headers: [String: String] = [:]) {
        let lines = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
        let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(lines)\r\n".utf8)
        _ = request.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// Streams the received bytes, read by a thread of its own until ``cut()`` or until the other side closes.
    func pieces() -> AsyncStream<[UInt8]> {
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
        DispatchQueue.global().async { [self] in
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            var count = recv(socket, &buffer, buffer.count, 0)
            while count > 0 {
                continuation.yield(Array(buffer.prefix(count)))
                count = recv(socket, &buffer, buffer.count, 0)
            }
            continuation.finish()
        }
        return stream
    }

    /// Closes it without regard to pending data.
    func cut() {
        shutdown(socket, Int32(SHUT_RDWR))
    }
}

/// The complete Server-Sent Events in the answer of an HTTP server.
struct ReceivedEvents {
    /// One event.
    struct Event: Equatable {
        var id: Int?
        var name = ""
        var data = ""
    }

    private var buffer = ""
    private(set) var events: [Event] = []
    private(set) var comments: [String] = []
    /// The status line and the headers.
    private(set) var head: String?

    /// Adds received bytes; lines that are not fields, such as the sizes of HTTP's chunks, are skipped.
    mutating func add(_ bytes: [UInt8]) {
        buffer += String(decoding: bytes, as: UTF8.self)
        if head == nil, let end = buffer.range(of: "\r\n\r\n") {
            head = String(buffer[..<end.lowerBound])
            buffer.removeSubrange(..<end.upperBound)
        }
        guard head != nil else { return }
        while let end = buffer.range(of: "\n\n") {
            add(String(buffer[..<end.lowerBound]))
            buffer.removeSubrange(..<end.upperBound)
        }
    }

    private mutating func add(_ block: String) {
        var event = Event()
        for line in block.split(whereSeparator: \.isNewline) {
            if line.hasPrefix(":") { comments.append(String(line.dropFirst().drop { $0 == " " })) }
            guard let colon = line.range(of: ": ") else { continue }
            let value = String(line[colon.upperBound...])
            switch line[..<colon.lowerBound] {
            case "id": event.id = Int(value)
            case "event": event.name = value
            case "data": event.data = value
            default: break
            }
        }
        if !event.name.isEmpty { events.append(event) }
    }
}
