import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Dispatch
import Glibc

/// A socket that takes what a service tells its supervisor, in a directory that only this user can enter.
final class StatusSocket: Sendable {
    /// The path of the socket.
    let path: String
    /// The statuses that the service tells, in their order.
    private let statuses: AsyncStream<String>
    private let latest = Lock("It has told nothing yet.")
    private let directory: String
    private let descriptor: Int32

    /// The last status that was looked at.
    var last: String { latest.withLock { $0 } }

    /// Waits for a status that begins with a text; nil when the surrounding task is canceled before.
    func status(beginning text: String) async -> String? {
        for await status in statuses {
            latest.withLock { $0 = status }
            if status.hasPrefix(text) { return status }
        }
        return nil
    }

    /// Creates a socket in a new directory.
    init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        // An address has at most 107 bytes.
        let template = "\(parent.utf8.count < 60 ? parent : "/tmp")/clusterrunner-start-XXXXXX"
        var bytes = Array(template.utf8CString)
        guard mkdtemp(&bytes) != nil else {
            throw SystemFault(errno).error("A directory \(template) cannot be made", code: .failed)
        }
        directory = String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = "\(directory)/status"
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = OpenFile(owning: try retryingInterrupts { Glibc.socket(AF_UNIX, kind, 0) })
        try Self.bind(socket.descriptor, to: path)
        descriptor = socket.relinquish()
        let (statuses, continuation) = AsyncStream<String>.makeStream()
        self.statuses = statuses
        DispatchQueue(label: "clusterrunner.status").async { [descriptor] in
            Self.receive(from: descriptor, continuation)
        }
    }

    deinit {
        // The thread that receives closes the socket.
        shutdown(descriptor, Int32(SHUT_RDWR))
        unlink(path)
        rmdir(directory)
    }

    private static func bind(_ descriptor: Int32, to path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, length) }
        }
        guard result == 0 else { throw SystemFault(errno).error("\(path) cannot be made", code: .failed) }
    }

    private static func receive(from descriptor: Int32, _ continuation: AsyncStream<String>.Continuation) {
        let socket = OpenFile(owning: descriptor)
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = try? retryingInterrupts { recv(socket.descriptor, &buffer, buffer.count, 0) }
            guard let count, count > 0 else { return continuation.finish() }
            for line in String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: "\n") {
                if line.hasPrefix("STATUS=") { continuation.yield(String(line.dropFirst("STATUS=".count))) }
            }
        }
    }
}
