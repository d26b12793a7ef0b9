import CSpawn
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The shell that runs commands.
struct Shell: Sendable, Equatable {
    /// Its absolute path.
    let path: String
    /// Its options before `-c`.
    let options: [String]

    /// Returns the argument list that runs a script; a script that starts with a dash is not taken as an option.
    func arguments(for script: String, _ more: ShellOptions = []) -> [String] {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        var all = [name] + options
        if more.contains(.errexit) { all.append("-e") }
        if more.contains(.noexec) { all.append("-n") }
        if more.contains(.extglob), name == "bash" { all += ["-O", "extglob"] }
        return all + ["-c", "--", script]
    }

    /// Starts it with a soft limit of open descriptors, as a user if one is given; returns the id of the process, or a
    /// negative errno.
    func start(
        _ arguments: CStrings.List,
        _ environment: CStrings.List,
        in directory: ByteString,
        _ files: borrowing OutputFiles,
        as user: JobUser?,
        descriptors: UInt64
    ) -> pid_t {
        let (place, output, error) = (directory.cString, files.output.descriptor, files.error.descriptor)
        guard let user else {
            return ProgramStarts.during {
                cspawn_start(nil, path, arguments, environment, place, output, error, descriptors)
            }
        }
        return user.groups.withUnsafeBufferPointer { groups in
            var account = cspawn_account(
                user: user.userID,
                group: user.groupID,
                groups: groups.baseAddress,
                group_count: Int32(groups.count)
            )
            return ProgramStarts.during {
                cspawn_start(&account, path, arguments, environment, place, output, error, descriptors)
            }
        }
    }
}

extension Shell {
    /// Finds `bash`, or `sh` where `bash` is missing.
    static func find(searchPath: String? = getenv("PATH").map { String(cString: $0) }) -> Self {
        let folders = ["/bin", "/usr/bin"] + (searchPath ?? "").split(separator: ":").map(String.init)
        if let bash = executable("bash", in: folders) { return Self(path: bash, options: ["-o", "pipefail"]) }
        return sh(path: executable("sh", in: folders) ?? "/bin/sh")
    }

    /// Makes a plain `sh`, with `pipefail` if it supports that option, which POSIX has only since 2024.
    static func sh(path: String) -> Self {
        let candidate = Self(path: path, options: ["-o", "pipefail"])
        return candidate.works ? candidate : Self(path: path, options: [])
    }

    private static func executable(_ name: String, in folders: [String]) -> String? {
        folders.lazy.filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// Whether the shell accepts these options; runs it once and waits for it.
    private var works: Bool {
        guard let null = try? OpenFile.aboveStandardStreams("/dev/null", O_WRONLY) else { return false }
        let sink = null.descriptor
        let pid = CStrings.withPointers(to: CStrings(arguments(for: ":")), CStrings([])) { arguments, environment in
            cspawn_start(nil, path, arguments, environment, "/", sink, sink, cspawn_descriptor_limit())
        }
        var status: Int32 = 0
        guard pid > 0, waitpid(pid, &status, 0) == pid else { return false }
        return status == 0
    }
}
