import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

extension OpenFile {
    /// Opens a file that may be missing, with flags as for `open(2)`; nil when it does not exist.
    ///
    /// The error names the path, or `shown` in its place.
    static func ifThere(_ path: String, _ flags: Int32, shownAs shown: String? = nil) throws -> OpenFile? {
        do {
            return try OpenFile(path, flags)
        } catch {
            guard error.number != ENOENT else { return nil }
            throw error.error("\(shown ?? path) cannot be opened", code: .failed)
        }
    }

    /// Reads the whole file.
    func contents() throws -> [UInt8] {
        try attempting("A file cannot be read", code: .failed) { try readToEnd() }
    }

    /// Creates a directory and its missing parents, for the owner only; an existing one stays as it is.
    static func makeDirectory(_ path: String) throws {
        try PrivateDirectory.create(path) { $1.error("The directory \($0) cannot be made", code: .failed) }
    }

    /// Runs `body` under a lock for a directory that excludes other processes.
    static func withDirectoryLocked<R>(_ path: String, _ body: () throws -> R) throws -> R {
        guard let directory = try ifThere(path, O_RDONLY | O_DIRECTORY) else {
            throw ClusterRunnerError(.notFound, "There is no directory \(path).")
        }
        return try directory.whileLocked(orThrow: "A lock cannot be taken", body)
    }

    /// Replaces the file at a path atomically, so that readers find the old or the new one.
    ///
    /// Returns the new file, open for reading and writing; with `locked` it is locked exclusively before it is visible.
    @discardableResult
    static func replace(
        _ path: String,
        with bytes: [UInt8],
        mode: mode_t = 0o600,
        group: gid_t? = nil,
        locked: Bool = false
    ) throws -> OpenFile {
        let beside = path + ".\(getpid())-\(UInt32.random(in: 0 ... .max))"
        guard let file = try ifThere(beside, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, shownAs: "A new \(path)") else {
            throw ClusterRunnerError(.notFound, "There is no directory \(parent(of: path) ?? path).")
        }
        do {
            // The group before the mode, so that no other group can read it for a moment.
            if let group {
                guard fchown(file.descriptor, .max, group) == 0 else {
                    throw SystemFault(errno).error("The group of \(path) cannot be kept", code: .failed)
                }
            }
            fchmod(file.descriptor, mode)
            if locked { try attempting("A lock cannot be taken", code: .failed) { try file.lock(.exclusive) } }
            try attempting("\(path) cannot be written", code: .failed) { try file.writeAll(bytes) }
            // On disk before it gets its name, so that a power loss does not leave an empty file there.
            try attempting("\(path) cannot be written", code: .failed) {
                try file.synchronize()
                try retryingInterrupts { rename(beside, path) }
            }
            return file
        } catch {
            unlink(beside)
            throw error
        }
    }

    private static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/") else { return nil }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

extension OpenFile {
    /// Creates a directory with a predictable name; false if it does not belong to this user alone.
    static func makeOwnDirectory(_ path: String) throws -> Bool {
        try makeDirectory(path)
        guard let status = FileStatus(path: path, followingLinks: false) else { return false }
        return status.kind == .directory && status.owner == geteuid() && status.permissions & 0o077 == 0
    }
}
