import CGit2
import ClusterRunnerFiles
import Glibc

/// The files that the last checkout left in a workspace, as its index describes them.
struct KnownFiles {
    private let index: OpaquePointer
    private let repository: OpaquePointer
    /// The time at which the index was written, in nanoseconds since 1970; nil without an index.
    private let written: Int64?
    /// The files with a content of Git LFS instead of the repository's blob.
    private let contents: [FileName: LFSFiles.File]
    private let stop: StopFlag
    /// Directories whose files all count as changed; an empty name is the whole workspace.
    var untrusted: [FileName] = []

    /// Creates the files of an index that was written at a time.
    init(
        index: OpaquePointer,
        of repository: OpaquePointer,
        written: Int64?,
        contents: [FileName: LFSFiles.File],
        stop: StopFlag
    ) {
        self.index = index
        self.contents = contents
        self.stop = stop
        self.repository = repository
        self.written = written
    }

    /// Whether a file still matches a tree entry.
    ///
    /// Compares values that a job cannot set, the inode number and the time of the last change, as well as size and
    /// modification time. A file that changed when the index was written is read.
    func isUnchanged(_ path: FileName, _ status: stat, _ entry: OpaquePointer) -> Bool {
        guard written != nil, !untrusted.contains(where: path.isBelow),
            let known = git_index_get_bypath(index, path.cString, 0)?.pointee
        else { return false }
        let mode = git_tree_entry_filemode(entry)
        guard known.mode == mode.rawValue, Self.fits(status, mode),
            ObjectID(known.id) == ObjectID(git_tree_entry_id(entry).pointee),
            known.ino == UInt32(truncatingIfNeeded: status.st_ino),
            known.file_size == UInt32(truncatingIfNeeded: status.st_size), Self.isSame(known.mtime, status.st_mtim),
            Self.isSame(known.ctime, status.st_ctim)
        else { return false }
        return !isRacy(status) || hasContent(known.id, path)
    }

    private static func fits(_ status: stat, _ mode: git_filemode_t) -> Bool {
        switch status.st_mode & S_IFMT {
        case S_IFLNK: mode == GIT_FILEMODE_LINK
        case S_IFREG: mode == (status.st_mode & S_IXUSR == 0 ? GIT_FILEMODE_BLOB : GIT_FILEMODE_BLOB_EXECUTABLE)
        default: false
        }
    }

    private static func isSame(_ known: git_index_time, _ time: timespec) -> Bool {
        known.seconds == Int32(truncatingIfNeeded: time.tv_sec)
            && known.nanoseconds == UInt32(truncatingIfNeeded: time.tv_nsec)
    }

    /// Whether a change within the same tick of the clock would leave the times unchanged.
    private func isRacy(_ status: stat) -> Bool {
        guard let written else { return true }
        return Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec) >= written
    }

    private func hasContent(_ id: git_oid, _ path: FileName) -> Bool {
        if let file = contents[path], hasContent(file.content, path) { return true }
        var found = git_oid()
        return git_repository_hashfile(&found, repository, path.cString, GIT_OBJECT_BLOB, nil) == 0
            && ObjectID(found) == ObjectID(id)
    }

    private func hasContent(_ content: LFSContent, _ path: FileName) -> Bool {
        guard let directory = git_repository_workdir(repository) else { return false }
        let place = FileName(UnsafeRawBufferPointer(start: directory, count: strlen(directory) - 1)).appending(path)
        return (try? ScratchFile(reading: place).hash(stop)) == content.hash
    }
}

extension FileName {
    /// The parent directory of a path; empty for the root.
    var parent: FileName {
        FileName(bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes[..<$0] } ?? [])
    }

    /// Whether a path lies in a directory, at any depth.
    fileprivate func isBelow(_ directory: FileName) -> Bool {
        let name = directory.bytes
        return name.isEmpty || bytes.starts(with: name + [UInt8(ascii: "/")])
    }
}
