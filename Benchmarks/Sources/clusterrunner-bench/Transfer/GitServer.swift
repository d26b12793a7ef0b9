import Foundation

/// The git daemon, which serves the repositories below a directory on a port of this machine.
struct GitServer {
    private let daemon: Program
    /// The URL prefix of a repository's path.
    let url: String

    /// Starts it; it accepts connections from here on.
    init(of directory: String) throws {
        let port = try Self.freePort()
        url = "git://127.0.0.1:\(port)"
        let place = "--listen=127.0.0.1 --port=\(port) --base-path='\(directory)' '\(directory)'"
        // Started directly, because git in between would be a process of its own.
        let script = "exec \"$(git --exec-path)/git-daemon\" --export-all --verbose \(place)"
        daemon = try Program("/bin/bash", ["-c", script], in: directory)
        _ = try daemon.line(after: "Ready to rumble")
    }

    /// Ends it.
    func end() { daemon.kill() }

    /// Returns a free port, because the daemon cannot choose one itself.
    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) | getsockname(descriptor, $0, &length)
            }
        }
        guard status == 0 else { throw BenchFailure("No port is free: \(String(cString: strerror(errno))).") }
        return UInt16(bigEndian: address.sin_port)
    }
}
