import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The random key by which a master recognises its own registrations after a restart.
///
/// The cluster's secret does not serve for this: all slaves have it.
enum RegistrationKey {
    private static let size = 32

    /// Reads the key in a directory; creates it if it is missing or damaged.
    static func load(in directory: String) throws -> [UInt8] {
        let path = "\(directory)/registration.key"
        if let known = read(path) { return known }
        let key = (0..<size).map { _ in UInt8.random(in: 0...255) }
        // Complete before it gets its name: what a full disk or a power loss leaves is not taken for a key.
        let partial = "\(path).partial"
        unlink(partial)
        try attempting("Could not write \(path)") {
            let file = try OpenFile(partial, O_WRONLY | O_CREAT | O_EXCL)
            try file.writeAll(key)
            try file.synchronize()
            try retryingInterrupts { rename(partial, path) }
        }
        return key
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = try? OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
            let key = try? file.readToEnd(limit: size + 1), key.count == size
        else { return nil }
        return key
    }
}
