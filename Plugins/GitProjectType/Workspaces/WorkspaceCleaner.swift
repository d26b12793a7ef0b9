import CGit2
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// A cleaner that removes everything from a workspace except the unchanged files of a commit, and lists the missing
/// ones.
///
/// Like `git clean -ffdx` and the comparison of `git checkout --force`, in one walk. Names are bytes; links are not
/// followed. A directory that does not belong there is removed with one rename.
struct WorkspaceCleaner {
    /// The workspace.
    let root: FileName
    let known: KnownFiles
    /// The paths of submodules with checkouts of their own.
    let submodules: Set<FileName>
    let stop: StopFlag
    /// Removes a path that does not belong there.
    let discard: (_ path: FileName) throws -> Void
    /// The missing paths of files and directories of the commit.
    private(set) var missing: [FileName] = []

    init(
        root: FileName,
        known: KnownFiles,
        submodules: Set<FileName>,
        stop: StopFlag,
        discard: @escaping (_ path: FileName) throws -> Void
    ) {
        self.root = root
        self.known = known
        self.submodules = submodules
        self.stop = stop
        self.discard = discard
    }

    /// A directory of the workspace, with its tree in the commit.
    private struct Level {
        let path: FileName
        let tree: ObjectID
    }

    private static let repositoryName = FileName(".git".utf8)

    /// Compares the workspace with a directory tree of the repository.
    mutating func clean(_ tree: ObjectID, in repository: OpaquePointer) throws {
        // A list instead of recursion: the author of the commit decides about its depth.
        var levels = [Level(path: FileName([]), tree: tree)]
        while let level = levels.popLast() {
            try stop.check()
            var oid = level.tree.oid
            levels += try withHandle(freedBy: git_tree_free, from: { git_tree_lookup(&$0, repository, &oid) }) {
                try clean(level.path, $0)
            }
        }
    }

    private mutating func clean(_ path: FileName, _ tree: OpaquePointer) throws -> [Level] {
        let directory = try open(path)
        let names = try attempting("The workspace cannot be read") { try directory.remainingNames() }
        let isRoot = path.cString.count == 1
        var below: [Level] = []
        var found: Set<FileName> = []
        for name in names where !(isRoot && name == Self.repositoryName) {
            let place = path.appending(name)
            switch look(at: place, name, in: directory, git_tree_entry_byname(tree, name.cString)) {
            case .isRight: found.insert(name)
            case .isDirectory(let tree):
                found.insert(name)
                below.append(Level(path: place, tree: tree))
            case .isWrong: try discard(place)
            }
        }
        try noteMissing(in: tree, at: path, found)
        return below
    }

    private enum Finding {
        /// It matches the commit, or belongs to a submodule.
        case isRight
        /// It is a directory, whose content must be examined.
        case isDirectory(ObjectID)
        /// It is something else.
        case isWrong
    }

    private func look(
        at path: FileName,
        _ name: FileName,
        in parent: OpenDirectory,
        _ entry: OpaquePointer?
    ) -> Finding {
        var status = stat()
        guard let entry, fstatat(parent.descriptor, name.cString, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            return .isWrong
        }
        let isDirectory = status.st_mode & S_IFMT == S_IFDIR
        switch git_tree_entry_type(entry) {
        case GIT_OBJECT_TREE where isDirectory: return .isDirectory(ObjectID(git_tree_entry_id(entry).pointee))
        case GIT_OBJECT_COMMIT where isDirectory && submodules.contains(path): return .isRight
        case GIT_OBJECT_BLOB: return known.isUnchanged(path, status, entry) ? .isRight : .isWrong
        default: return .isWrong
        }
    }

    /// Lists the entries of a tree beyond the names that were found; submodules become empty directories.
    private mutating func noteMissing(in tree: OpaquePointer, at path: FileName, _ found: Set<FileName>) throws {
        guard found.count < git_tree_entrycount(tree) else { return }
        for index in 0..<git_tree_entrycount(tree) {
            guard let entry = git_tree_entry_byindex(tree, index), let text = git_tree_entry_name(entry) else {
                continue
            }
            let name = FileName(UnsafeRawBufferPointer(start: text, count: strlen(text)))
            guard !found.contains(name) else { continue }
            let place = path.appending(name)
            if git_tree_entry_type(entry) == GIT_OBJECT_COMMIT {
                guard mkdir(root.appending(place).cString, 0o777) == 0 else {
                    throw systemError("The directory of a submodule could not be made")
                }
            } else {
                missing.append(place)
            }
        }
    }

    /// Opens a directory of the workspace, even if a job has made it inaccessible.
    private func open(_ path: FileName) throws -> OpenDirectory {
        let full = path.cString.count == 1 ? root : root.appending(path)
        return try attempting("A directory of the workspace could not be opened", code: .failed) {
            do throws(SystemFault) {
                let directory = try OpenDirectory(full.cString)
                if try directory.status().permissions & 0o700 != 0o700 { fchmod(directory.descriptor, 0o755) }
                return directory
            } catch {
                guard error.number == EACCES else { throw error }
                try retryingInterrupts { chmod(full.cString, 0o755) }
                return try OpenDirectory(full.cString)
            }
        }
    }
}
