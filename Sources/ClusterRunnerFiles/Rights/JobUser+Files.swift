import CFiles
package import ClusterRunnerPlugin
import Glibc

/// Work on files that jobs can change.
///
/// A process of a job that is still alive may replace a folder by a link to any place at any moment. A service that
/// runs as root therefore does nothing in such folders with its own rights, except by descriptors.
extension JobUser {
    /// Runs `body` with the user's rights on files instead of the service's.
    ///
    /// Applies to this thread until `body` ends. Files that it creates belong to the user. It must start no thread,
    /// neither by itself nor through a task, a dispatch queue or the trash: a new thread inherits the rights of its
    /// creator for its whole life. Programs that it starts have the service's rights. With `readingAll` it may read
    /// whatever the service may, such as a mirror. Fails where the service may not take the rights of others.
    package func act<Result: ~Copyable>(
        readingAll: Bool = false,
        _ body: () throws -> Result
    ) throws -> Result {
        let own = Self.ownGroups()
        let failure = cfiles_take_rights(userID, groupID, groups, Int32(groups.count), readingAll)
        defer { cfiles_drop_rights(own, Int32(own.count)) }
        guard failure == 0 else {
            throw ClusterRunnerError(
                .failed,
                "The service cannot act for the job_user \(name): \(systemMessage(failure)). It needs the rights of root "
                    + "(CAP_SETUID and CAP_SETGID)."
            )
        }
        return try body()
    }

    private static func ownGroups() -> [gid_t] {
        let count = getgroups(0, nil)
        var groups = [gid_t](repeating: 0, count: Int(max(0, count)))
        let stored = getgroups(count, &groups)
        return Array(groups.prefix(Int(max(0, stored))))
    }

    /// Gives a file or directory to the user; a link itself, and nothing in a directory.
    package func take(_ path: String) throws {
        try Self.change(path, lchown(path, userID, groupID))
    }

    /// Gives it back to the service.
    package func giveBack(_ path: String) throws {
        try Self.change(path, lchown(path, geteuid(), getegid()))
    }

    /// Lets the user pass through a directory of the service, without permission to list it.
    package func pass(_ path: String) throws {
        guard let status = FileStatus(path: path, followingLinks: false), status.permissions & 0o011 != 0o011 else {
            return
        }
        try Self.change(path, chmod(path, status.permissions | 0o011))
    }

    /// Gives a directory to the user with everything in it, from the bottom up, so that nothing can be changed
    /// meanwhile.
    package func takeTree(_ path: String) throws { try takeTree(path, files: true) }

    /// Gives a directory to the user with all directories below it; files are unchanged.
    package func takeDirectories(_ path: String) throws { try takeTree(path, files: false) }

    private func takeTree(_ path: String, files: Bool) throws {
        try Self.handingOver(path) {
            let top = try OpenDirectory(path)
            try takeContents(of: top, files)
            try retryingInterrupts { fchown(top.descriptor, userID, groupID) }
        }
    }

    private func takeContents(of directory: OpenDirectory, _ files: Bool) throws(SystemFault) {
        for name in try directory.remainingNames() {
            let below = try? OpenDirectory(name.cString, in: directory.descriptor)
            if let below { try takeContents(of: below, files) }
            guard files || below != nil else { continue }
            let flags = AT_SYMLINK_NOFOLLOW
            try retryingInterrupts { fchownat(directory.descriptor, name.cString, userID, groupID, flags) }
        }
    }

    private static func change(_ path: String, _ call: @autoclosure () -> Int32) throws {
        try handingOver(path) { try retryingInterrupts(call) }
    }

    private static func handingOver(_ path: String, _ body: () throws -> Void) throws {
        try attempting("\(path) could not be handed over", body)
    }
}

extension JobUser? {
    /// Runs `body` with the rights of the user, or with the service's where jobs run as the service.
    package func act<Result: ~Copyable>(
        readingAll: Bool = false,
        _ body: () throws -> Result
    ) throws -> Result {
        guard let self else { return try body() }
        return try self.act(readingAll: readingAll, body)
    }
}
