import Foundation

/// A GET request over a connection of its own: no client library takes part in what is measured.
struct PlainRequest {
    let port: Int

    /// The body of the answer, which must be a success.
    func get(_ path: String) throws -> Data {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("open a socket") }
        let connection = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw failure("connect to port \(port)") }
        let request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        try connection.write(contentsOf: Data(request.utf8))
        let answer = try connection.readToEnd() ?? Data()
        guard answer.starts(with: Data("HTTP/1.1 200".utf8)), let end = answer.range(of: Data("\r\n\r\n".utf8)) else {
            throw BenchFailure("GET \(path): \(String(decoding: answer, as: UTF8.self))")
        }
        return answer[end.upperBound...]
    }

    private func failure(_ what: String) -> BenchFailure {
        BenchFailure("Cannot \(what): \(String(cString: strerror(errno))).")
    }
}
