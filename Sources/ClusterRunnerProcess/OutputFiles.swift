import ClusterRunnerPlugin
import Glibc

/// The open output files of a command about to start; closed once the command has copies of the descriptors.
struct OutputFiles: ~Copyable {
    let output: Int32
    let error: Int32

    /// Creates or empties the files.
    ///
    /// They are opened here and not in the child, where the system would report neither the path nor the reason.
    init(_ paths: ShellCommand.Output) throws {
        switch paths {
        case .combined(let path):
            output = try Self.open(path)
            error = output
        case .separate(let outputPath, let errorPath):
            let first = try Self.open(outputPath)
            do { error = try Self.open(errorPath) } catch {
                close(first)
                throw error
            }
            output = first
        }
    }

    /// Gives them to a user, whose commands may open them again, as by `/dev/stderr`.
    func handOver(to user: JobUser?) throws {
        guard let user else { return }
        for file in [output, error] where fchown(file, user.userID, user.groupID) != 0 {
            let reason = systemMessage(errno)
            throw ClusterRunnerError(.failed, "The output of a command could not be handed to \(user.name): \(reason).")
        }
    }

    deinit {
        close(output)
        if error != output { close(error) }
    }

    /// Appends on every write, so that two descriptors of one file do not overwrite each other's output.
    private static func open(_ path: String) throws -> Int32 {
        let descriptor = openRegular(path)
        guard descriptor < 0 else { return descriptor }
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let reason =
            -descriptor == ENOENT && access(folder, F_OK) != 0
            ? "there is no directory \"\(folder)\", create it first" : systemMessage(-descriptor)
        throw ClusterRunnerError(.failed, "Cannot write the output of a command to \"\(path)\": \(clause: reason).")
    }
}

/// Creates or empties an output file; replaces other kinds of files that an earlier command put in its place, such as a
/// named pipe without a reader or a link to another file.
private func openRegular(_ path: String) -> Int32 {
    let flags = O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK
    let descriptor = openAboveStandard(path, flags: flags)
    guard descriptor >= 0 else {
        guard [ENXIO, ELOOP].contains(-descriptor), unlink(path) == 0 else { return descriptor }
        return openAboveStandard(path, flags: flags | O_EXCL)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { return descriptor }
    close(descriptor)
    return unlink(path) == 0 ? openAboveStandard(path, flags: flags | O_EXCL) : -EINVAL
}

/// Opens a file with a descriptor above 2; returns a negative errno on failure.
///
/// In a service that was started without standard descriptors, its files would get their numbers, and the redirections
/// of a child would overwrite them.
func openAboveStandard(_ path: String, flags: Int32) -> Int32 {
    let descriptor = open(path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return -errno }
    guard descriptor <= STDERR_FILENO else { return descriptor }
    defer { close(descriptor) }
    let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
    return moved >= 0 ? moved : -errno
}
