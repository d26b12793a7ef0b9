import CDispatch
import CNIOLinux
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

extension OpenFile {
    /// Creates a directory and its missing parents, for the owner only; an existing one stays as it is.
    static func makeDirectory(_ path: String) throws {
        if mkdir(path, 0o700) == 0 { return }
        let code = errno
        if code == ENOENT, let parent = parent(of: path), parent != path {
            try makeDirectory(parent)
            if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw ClusterRunnerError.system("The directory \(path) cannot be made", code)
        }
    }

    /// Runs `body` under a lock for a directory that excludes other processes.
    static func withDirectoryLocked<R>(_ path: String, _ body: () throws -> R) throws -> R {
        guard let directory = try Self(path, O_RDONLY | O_DIRECTORY) else {
            throw ClusterRunnerError(.notFound, "There is no directory \(path).")
        }
        try directory.lock(.exclusive)
        defer { flock(directory.descriptor, LOCK_UN) }
        return try body()
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
        guard let file = try Self(beside, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, reported: "A new \(path)") else {
            throw ClusterRunnerError(.notFound, "There is no directory \(parent(of: path) ?? path).")
        }
        do {
            // The group before the mode, so that no other group can read it for a moment.
            if let group, fchown(file.descriptor, .max, group) != 0 {
                throw ClusterRunnerError.system("The group of \(path) cannot be kept", errno)
            }
            fchmod(file.descriptor, mode)
            if locked { try file.lock(.exclusive) }
            try file.write(bytes)
            // On disk before it gets its name, so that a power loss does not leave an empty file there.
            guard fsync(file.descriptor) == 0, rename(beside, path) == 0 else {
                throw ClusterRunnerError.system("\(path) cannot be written", errno)
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
