import Foundation

/// GET requests over one persistent connection, without a client library.
final class KeptConnection {
    private let file: FileHandle
    private var buffer = Data()

    /// Connects to a port of this machine.
    init(port: Int) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure("open a socket") }
        file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Self.failure("connect to port \(port)") }
    }

    /// Returns the body of the answer, which must be a success with a length.
    func get(_ path: String) throws -> Data {
        try file.write(contentsOf: Data("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8))
        while true {
            if let end = buffer.range(of: Data("\r\n\r\n".utf8)) {
                let head = String(decoding: buffer[..<end.lowerBound], as: UTF8.self)
                let length = try Self.length(in: head, path)
                if buffer.endIndex - end.upperBound >= length {
                    let body = Data(buffer[end.upperBound..<end.upperBound + length])
                    buffer = Data(buffer[(end.upperBound + length)...])
                    return body
                }
            }
            var piece = [UInt8](repeating: 0, count: 64 << 10)
            let count = read(file.fileDescriptor, &piece, piece.count)
            guard count > 0 else { throw BenchFailure("The connection ended in the answer to GET \(path).") }
            buffer += piece[..<count]
        }
    }

    private static func length(in head: String, _ path: String) throws -> Int {
        let lines = head.split(separator: "\r\n")
        let field = lines.first { $0.lowercased().hasPrefix("content-length:") }
        guard lines.first?.hasPrefix("HTTP/1.1 200") == true, let field,
            let length = Int(field.drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces))
        else { throw BenchFailure("GET \(path): \(head)") }
        return length
    }

    private static func failure(_ what: String) -> BenchFailure {
        BenchFailure("Cannot \(what): \(String(cString: strerror(errno))).")
    }
}
