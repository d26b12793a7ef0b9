import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The running masters and slaves of this machine, by the pid files below one base directory.
package struct ServiceProcesses: Sendable {
    let baseDirectory: String

    /// Creates a view of a base directory, which need not exist.
    package init(baseDirectory: String) {
        self.baseDirectory = baseDirectory
    }

    /// A running service.
    package struct Service: Sendable, Equatable {
        /// The name, such as `master` or `slave-43001`.
        package let name: String
        /// Its process.
        package let process: ProcessIdentity
        let path: String
    }

    /// Registers the current process as a service, until ``PidFile/remove()`` or its end.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidState`` when such a service is running.
    package func register(name: String) throws -> PidFile {
        guard let process = ProcessIdentity.current() else {
            throw ClusterRunnerError(.failed, "/proc/\(getpid())/stat cannot be read; is /proc mounted?")
        }
        let path = "\(baseDirectory)/\(name).pid"
        try OpenFile.makeDirectory(baseDirectory)
        return try OpenFile.withDirectoryLocked(baseDirectory) {
            if try Self.isLocked(path) {
                let holder = try service(name)?.process.id
                throw ClusterRunnerError(
                    .invalidState,
                    "A \(name) with the base directory \(baseDirectory) is running already, as process "
                        + "\(holder.map(String.init) ?? "unknown"). Stop it with: clusterrunner stop"
                )
            }
            let file = try OpenFile.replace(path, with: Array(process.text.utf8), mode: 0o644, locked: true)
            return PidFile(path: path, file: file)
        }
    }

    /// Lists the running services, sorted by name; removes pid files of others.
    package func all() throws -> [Service] {
        guard access(baseDirectory, F_OK) == 0 else { return [] }
        return try OpenFile.withDirectoryLocked(baseDirectory) {
            try names().compactMap { name in
                let path = "\(baseDirectory)/\(name).pid"
                guard try Self.isLocked(path) else {
                    unlink(path)
                    return nil
                }
                return try service(name)
            }
        }
    }

    /// Whether a living service holds the pid file.
    ///
    /// A shared lock is tried, so that two concurrent callers do not take each other for the service.
    private static func isLocked(_ path: String) throws -> Bool {
        guard let file = try OpenFile.ifThere(path, O_RDONLY) else { return false }
        return !file.tryLock(.shared)
    }

    private func service(_ name: String) throws -> Service? {
        let path = "\(baseDirectory)/\(name).pid"
        guard let file = try OpenFile.ifThere(path, O_RDONLY),
            let process = ProcessIdentity(text: String(decoding: try file.contents(), as: UTF8.self))
        else { return nil }
        return Service(name: name, process: process, path: path)
    }

    private func names() -> [String] {
        DirectoryListing.texts(in: baseDirectory).filter { $0.hasSuffix(".pid") && !$0.hasPrefix(".") }
            .map { String($0.dropLast(4)) }.sorted()
    }
}
