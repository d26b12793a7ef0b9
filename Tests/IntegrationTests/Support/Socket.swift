import Foundation
import Testing

/// Plain blocking local sockets, closed on exec.
enum Socket {
    /// Listens on a port of 127.0.0.1.
    static func listen(on port: Int) throws -> Int32 {
        let socket = try make()
        var on: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard withAddress(port, { bind(socket, $0, $1) }) == 0, Glibc.listen(socket, 64) == 0 else {
            close(socket)
            throw ProgramFailure("Port \(port): \(String(cString: strerror(errno)))")
        }
        return socket
    }

    /// Connects to a port of 127.0.0.1.
    static func connect(to port: Int) throws -> Int32 {
        let socket = try make()
        guard withAddress(port, { Glibc.connect(socket, $0, $1) }) == 0 else {
            close(socket)
            throw ProgramFailure("Port \(port): \(String(cString: strerror(errno)))")
        }
        return socket
    }

    /// Waits for a connection; a negative result means failure.
    static func accept(_ listener: Int32) -> Int32 {
        let socket = Glibc.accept(listener, nil, nil)
        // A child that is started in between inherits it, without harm: connections are shut down before they are
        // closed.
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        return socket
    }

    /// Returns a free port below those of outgoing connections, so that it stays free while its owner is restarted.
    static func stablePort() throws -> Int {
        for _ in 0..<1000 {
            let port = Int.random(in: 15_000..<32_000)
            if let socket = try? listen(on: port) {
                close(socket)
                return port
            }
        }
        throw ProgramFailure("No port from 15000 to 32000 is free.")
    }

    /// Reads the available bytes, at least one; nil at the end.
    static func read(_ socket: Int32) -> Data? {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            return count > 0 ? Data(buffer.prefix(count)) : nil
        }
    }

    /// Writes all bytes; false when the other side is gone.
    static func write(_ data: Data, to socket: Int32) -> Bool {
        var rest = [UInt8](data)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func make() throws -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw ProgramFailure("socket: \(String(cString: strerror(errno)))") }
        return socket
    }

    private static func withAddress(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}
