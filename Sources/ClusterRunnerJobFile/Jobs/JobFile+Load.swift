import ClusterRunnerFiles
package import ClusterRunnerPlugin
import Glibc

extension JobFile {
    /// The possible names of a project's job file; the first one that exists is read.
    package static let fileNames = ["clusterrunner.yaml", "clusterrunner.yml"]

    /// Reads the job file of a project.
    ///
    /// Blocks while the file is read, which is at most about a megabyte.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` when there is no job file, or
    ///   with all faults of the file; with ``ClusterRunnerError/Code/failed`` when it cannot be read.
    package static func load(directory: ByteString) throws -> JobFile {
        for name in fileNames {
            guard let text = try contents(of: directory.appending(ByteString(name))) else { continue }
            return try parse(text, file: name)
        }
        let paths = fileNames.map { "\"\(directory)/\($0)\"" }.joined(separator: " nor ")
        throw ClusterRunnerError(
            .invalidArgument,
            "The project has no job file: there is neither \(paths). Write one, or send an inline job as \"config\"."
        )
    }

    /// Reads the job file at a path.
    package static func load(file path: ByteString) throws -> JobFile {
        guard let text = try contents(of: path) else {
            throw ClusterRunnerError(.failed, "The job file \"\(path)\" is not there.")
        }
        return try parse(text, file: path.escaped)
    }

    /// Reads the job file of a project whose path is a text.
    package static func load(directory: String) throws -> JobFile { try load(directory: ByteString(directory)) }

    /// Reads the bytes of a file, up to one more than a job file may have; nil if there is no such file.
    private static func contents(of path: ByteString) throws -> [UInt8]? {
        do {
            return try RegularFile(path.cString).bytes(count: YAMLLimits().textBytes + 1)
        } catch .system(ENOENT), .system(ENOTDIR) {
            return nil
        } catch {
            throw unreadable(path, error)
        }
    }

    private static func unreadable(_ path: ByteString, _ reason: RegularFile.Fault) -> ClusterRunnerError {
        let cause = PathObstacle(to: path.absolute).map { "\($0)" } ?? "\(clause: reason)"
        return ClusterRunnerError(.failed, "The job file \"\(path)\" cannot be read: \(cause).")
    }
}
