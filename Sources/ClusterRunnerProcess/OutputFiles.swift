import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The open output files of a command about to start; closed once the command has copies of the descriptors.
struct OutputFiles: ~Copyable {
    let output: SharedFile
    /// The same as the output where both go to one file.
    let error: SharedFile

    /// Creates or empties the files.
    ///
    /// They are opened here and not in the child, where the system would report neither the path nor the reason.
    init(_ paths: ShellCommand.Output) throws {
        (output, error) =
            switch paths {
            case .combined(let path): try Self.openOnce(path)
            case .separate(let outputPath, let errorPath):
                (try Self.open(outputPath), try Self.open(errorPath))
            }
    }

    /// Gives them to a user, whose commands may open them again, as by `/dev/stderr`.
    func handOver(to user: JobUser?) throws {
        guard let user else { return }
        try attempting("The output of a command could not be handed to \(user.name)", code: .failed) {
            for file in [output, error] {
                try retryingInterrupts { fchown(file.descriptor, user.userID, user.groupID) }
            }
        }
    }

    private static func openOnce(_ path: String) throws -> (SharedFile, SharedFile) {
        let file = try open(path)
        return (file, file)
    }

    /// Appends on every write, so that two descriptors of one file do not overwrite each other's output.
    private static func open(_ path: String) throws -> SharedFile {
        do {
            return SharedFile(try openRegular(path))
        } catch {
            let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            let reason =
                error.number == ENOENT && access(folder, F_OK) != 0
                ? "there is no directory \"\(folder)\", create it first" : "\(error)"
            throw ClusterRunnerError(.failed, "Cannot write the output of a command to \"\(path)\": \(clause: reason).")
        }
    }

    private static let flags = O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK

    /// Creates or empties an output file; replaces other kinds of files that an earlier command put in its place, such
    /// as a named pipe without a reader or a link to another file.
    private static func openRegular(_ path: String) throws(SystemFault) -> OpenFile {
        do throws(SystemFault) {
            let file = try OpenFile.aboveStandardStreams(path, flags, permissions: 0o644)
            guard (try? file.status().kind) == .pipe else { return file }
        } catch {
            guard [ENXIO, ELOOP].contains(error.number), unlink(path) == 0 else { throw error }
            return try openNew(path)
        }
        guard unlink(path) == 0 else { throw SystemFault(EINVAL) }
        return try openNew(path)
    }

    private static func openNew(_ path: String) throws(SystemFault) -> OpenFile {
        try OpenFile.aboveStandardStreams(path, flags | O_EXCL, permissions: 0o644)
    }
}
