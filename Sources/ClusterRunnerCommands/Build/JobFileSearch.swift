import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Glibc

/// The search for a job file from a directory upwards, as git searches for a repository.
///
/// It ends at the root of the file system, and crosses mount points: a container often mounts a part of a project. A
/// job file above the directory must belong to a trusted account, because `/tmp/clusterrunner.yaml` may be anybody's.
struct JobFileSearch: Sendable, Equatable {
    /// The absolute path of the folder with the job file.
    let folder: ByteString
    /// The start of the search.
    let start: ByteString

    /// Searches from a directory, which is absolute.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that names the searched folders
    ///   when none has a job file; or when the first job file belongs to a stranger.
    init(from directory: ByteString, user: UInt32 = geteuid()) throws {
        start = directory.standardized
        let owners = [user, 0] + (FileStatus(path: start).map { [$0.owner] } ?? [])
        var searched: [ByteString] = []
        var next: ByteString? = start
        while let folder = next {
            if let file = Self.jobFile(in: folder) {
                guard folder == start || owners.contains(file.owner) else { throw Self.stranger(file, folder) }
                self.folder = folder
                return
            }
            searched.append(folder)
            next = folder.parent == folder ? nil : folder.parent
        }
        // A folder that may not be entered looks like one without a job file.
        if let obstacle = PathObstacle(to: start) {
            throw ClusterRunnerError(.failed, "The job file of \(start) cannot be looked for: \(obstacle).")
        }
        throw Self.nothing(in: searched)
    }

    /// Whether the job file lies above the start.
    var isAbove: Bool { folder != start }

    private static func jobFile(in folder: ByteString) -> (path: ByteString, owner: UInt32)? {
        for path in JobFile.fileNames.map({ folder.appending(ByteString($0)) }) {
            // A link to nowhere counts, too: it is a fault of this project, and no reason to build another one.
            guard let status = FileStatus(path.cString, in: AT_FDCWD), status.kind != .directory else { continue }
            return (path, status.owner)
        }
        return nil
    }

    private static func stranger(_ file: (path: ByteString, owner: UInt32), _ folder: ByteString) -> ClusterRunnerError
    {
        ClusterRunnerError(
            .invalidArgument,
            "\"\(file.path)\" above the current directory belongs to another user (\(file.owner)), so its commands are "
                + "not run unasked. If you trust it, name the folder: \"\(folder)\"."
        )
    }

    private static func nothing(in folders: [ByteString]) -> ClusterRunnerError {
        let above = folders.dropFirst().map(\.escaped).joined(separator: ", ")
        let further = above.isEmpty ? "" : " or a folder above it (\(above))"
        return ClusterRunnerError(
            .invalidArgument,
            "There is no job file: \(JobFile.fileNames[0]) was looked for in \(folders[0])\(further). Change to the "
                + "project, or name its folder."
        )
    }
}

extension JobFileSearch {
    /// The sentence about a project that is not the current directory; nil when it is.
    var notice: String? {
        isAbove ? "The project is \(folder), which has the nearest job file above the current directory." : nil
    }
}

extension BuildRequestArguments {
    /// Moves a project that nobody named from the current directory to the folder with the job file.
    ///
    /// A request with an inline job needs no job file, and keeps the current directory.
    ///
    /// - Returns: The search; nil without one.
    mutating func locateProject(from currentDirectory: ByteString) throws -> JobFileSearch? {
        guard let unnamedProject, fields["config"] == nil else { return nil }
        let search = try JobFileSearch(from: currentDirectory)
        if search.isAbove { fields[unnamedProject] = search.folder.json }
        return search
    }
}
