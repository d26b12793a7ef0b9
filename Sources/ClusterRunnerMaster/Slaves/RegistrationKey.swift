import ClusterRunnerPlugin
import Foundation

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
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        let isWritten = write(descriptor, key, size) == size && fsync(descriptor) == 0
        let error = errno
        close(descriptor)
        guard isWritten, rename(partial, path) == 0 else {
            if !isWritten { errno = error }
            throw failure(path)
        }
        return key
    }

    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var key = [UInt8](repeating: 0, count: size + 1)
        return Foundation.read(descriptor, &key, size + 1) == size ? Array(key.prefix(size)) : nil
    }

    private static func failure(_ path: String) -> ClusterRunnerError {
        ClusterRunnerError(.ofSystem(errno), "Could not write \(path): \(systemMessage(errno)).")
    }
}
