import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

extension GeneralConfiguration {
    /// Returns the account that runs the commands of jobs; nil is the service's own.
    ///
    /// - Throws: ``ClusterRunnerError`` when the user does not exist, or this process cannot start programs for it.
    func jobUser() throws -> JobUser? {
        guard let name = jobUserName else { return nil }
        guard geteuid() == 0 else {
            throw ClusterRunnerError(
                .invalidArgument,
                "job_user is \(name), but only root can run commands as another user, and this process belongs to user "
                    + "\(geteuid()). Start it as root, or remove the key: the commands then run as user \(geteuid())."
            )
        }
        let user = try JobUser(named: name)
        try checkHardLinks(user)
        if let file = origin.file, try user.act({ Self.canRead(file) }) {
            throw ClusterRunnerError(
                .invalidArgument,
                "job_user is \(name), which can read \(file) with the secret. Let only root read it: chmod 600 \(file)"
            )
        }
        return user
    }

    /// Returns the account, with access to a directory of a service below the base directory.
    ///
    /// - Throws: ``ClusterRunnerError`` that names the folder to which the user has no access.
    func jobUser(in directory: String) throws -> JobUser? {
        guard let user = try jobUser() else { return nil }
        try OpenFile.makeDirectory(directory)
        let above = Self.folders(to: baseDirectory).count
        for folder in Self.folders(to: directory).dropFirst(max(0, above - 1)) { try user.pass(folder) }
        guard let closed = try user.act({ Self.folders(to: directory).first { !Self.canEnter($0) } }) else {
            return user
        }
        throw ClusterRunnerError(
            .invalidArgument,
            "job_user is \(user.name), which cannot enter \(closed) on the way to the workspaces. Set base_directory to a "
                + "folder that all may pass through, such as /var/lib/clusterrunner."
        )
    }

    /// Returns a directory and its parents, topmost first.
    private static func folders(to directory: String) -> [String] {
        var folders = [""]
        for part in directory.split(separator: "/") { folders.append("\(folders.last ?? "")/\(part)") }
        return folders.dropFirst().map { $0 }
    }

    /// Whether this thread may enter a directory; `access` would check the user of the process.
    private static func canEnter(_ folder: String) -> Bool { FileStatus(path: "\(folder)/.") != nil }

    private static func canRead(_ file: String) -> Bool {
        do {
            _ = try OpenFile(file, O_RDONLY | O_NONBLOCK)
            return true
        } catch {
            return false
        }
    }

    /// Refuses a system on which a job could hard-link files of others into its artifacts for the service to read.
    private func checkHardLinks(_ user: JobUser) throws {
        let setting = "/proc/sys/fs/protected_hardlinks"
        guard let file = try? RegularFile(setting), let text = try? file.bytes(count: 1), text == [UInt8(ascii: "0")]
        else {
            return
        }
        throw ClusterRunnerError(
            .invalidArgument,
            "job_user is \(user.name), but this system lets users make hard links to files of others, which a job could put "
                + "among its artifacts. Set fs.protected_hardlinks = 1 with sysctl."
        )
    }
}
