import Glibc

/// The account under which the commands of jobs run where the service runs as root (`job_user`).
public struct JobUser: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// Its user id.
    public let userID: UInt32
    /// The id of its own group.
    public let groupID: UInt32
    /// The ids of all its groups.
    public let groups: [UInt32]
    /// Its home directory.
    public let home: String

    /// Creates an account from its parts.
    package init(name: String, userID: UInt32, groupID: UInt32, groups: [UInt32], home: String) {
        self.name = name
        self.userID = userID
        self.groupID = groupID
        self.groups = groups
        self.home = home
    }

    /// Looks up an account in the user database of the machine, which may be a network service.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` when no account has that name,
    ///   or it is root's.
    package init(named name: String) throws {
        guard let entry = getpwnam(name)?.pointee else {
            throw ClusterRunnerError(
                .invalidArgument,
                "job_user is \(name), but this machine has no user of that name. Make one, as by \"useradd --system "
                    + "--create-home \(name)\", or name one that exists."
            )
        }
        guard entry.pw_uid != 0 else {
            throw ClusterRunnerError(
                .invalidArgument,
                "job_user is \(name), which is root: jobs would have the rights that the key takes from them. Name another "
                    + "user."
            )
        }
        self.init(
            name: name,
            userID: entry.pw_uid,
            groupID: entry.pw_gid,
            groups: Self.groups(of: name, entry.pw_gid),
            home: String(cString: entry.pw_dir)
        )
    }

    private static func groups(of name: String, _ group: gid_t) -> [UInt32] {
        var count: Int32 = 64
        while true {
            var groups = [gid_t](repeating: 0, count: Int(count))
            // Sets `count` to the required size if that is larger.
            if getgrouplist(name, group, &groups, &count) >= 0 { return Array(groups.prefix(Int(count))) }
            guard count > groups.count else { return [group] }
        }
    }

    /// Adapts an inherited environment to this user.
    ///
    /// Variables that name sockets and folders of the service's own account are removed.
    public func environment(from inherited: [ByteString: ByteString]) -> [ByteString: ByteString] {
        var variables = inherited
        for name in Self.accountVariables { variables[name] = nil }
        variables["HOME"] = ByteString(home)
        variables["USER"] = ByteString(name)
        variables["LOGNAME"] = ByteString(name)
        return variables
    }

    private static let accountVariables: [ByteString] = [
        "DBUS_SESSION_BUS_ADDRESS", "MAIL", "SSH_AUTH_SOCK", "SUDO_COMMAND", "SUDO_GID", "SUDO_UID", "SUDO_USER",
        "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
    ]
}
