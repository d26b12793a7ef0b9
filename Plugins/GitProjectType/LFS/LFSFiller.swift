import CGit2
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The contents that replace the pointers in a workspace.
struct LFSContents: Sendable {
    let files: LFSFiles
    let store: LFSStore
}

/// A writer of contents in place of the pointers of a checkout.
///
/// The index keeps the pointer's blob with the size and times of the content, as after a checkout by git-lfs. Git thus
/// sees no changes, with or without git-lfs.
struct LFSFiller {
    let directory: FileName
    let contents: LFSContents
    let stop: StopFlag

    /// `UTIME_OMIT`, which the Glibc module hides.
    private static let unchanged = (1 << 30) - 2

    /// Writes the contents of all files that have only their pointers, except missing contents.
    func fill(_ index: OpaquePointer) throws {
        for (path, file) in contents.files.files {
            guard let entry = git_index_get_bypath(index, path.cString, 0)?.pointee,
                ObjectID(entry.id) == file.blob, isPointer(path, entry, file.content), contents.store.has(file.content)
            else { continue }
            try stop.check()
            var new = entry
            try write(file.content, to: path, &new)
            try path.cString.withUnsafeBufferPointer { text in
                new.path = text.baseAddress
                try checked(git_index_add(index, &new))
            }
        }
        contents.store.touch(contents.files.contents)
    }

    /// Whether a file, which matches the index, has its pointer instead of its content.
    private func isPointer(_ path: FileName, _ entry: git_index_entry, _ content: LFSContent) -> Bool {
        guard entry.file_size == UInt32(truncatingIfNeeded: content.size) else { return true }
        guard content.size < LFSContent.pointerLimit else { return false }
        // The content has the same length as its own pointer.
        let bytes = try? ScratchFile(reading: directory.appending(path))
            .read(at: 0, count: LFSContent.pointerLimit)
        return bytes.flatMap { LFSContent(pointer: $0) } == content
    }

    private func write(_ content: LFSContent, to path: FileName, _ entry: inout git_index_entry) throws {
        let source = try attempting("The content \(content.hash) of Git LFS could not be opened", code: .failed) {
            try OpenFile(contents.store.path(of: content), O_RDONLY)
        }
        let target = try attempting("\(name(path)) could not be opened", code: .failed) {
            try OpenFile(directory.appending(path).cString, O_WRONLY | O_TRUNC | O_NOFOLLOW)
        }
        guard try copy(from: source, to: target, path) == content.size else {
            throw ClusterRunnerError(.failed, "The content \(content.hash) of Git LFS has changed its size.")
        }
        var status = stat()
        guard fstat(target.descriptor, &status) == 0 else { throw systemError("\(name(path)) could not be read") }
        // A second before the index; otherwise git, which compares seconds, would compare the content with the pointer.
        var times = [
            timespec(tv_sec: 0, tv_nsec: Self.unchanged),
            timespec(tv_sec: status.st_mtim.tv_sec - 1, tv_nsec: status.st_mtim.tv_nsec),
        ]
        guard futimens(target.descriptor, &times) == 0, fstat(target.descriptor, &status) == 0 else {
            throw systemError("The times of \(name(path)) could not be set")
        }
        entry.describe(status)
    }

    /// Copies a file, without copying its bytes where the file system can.
    private func copy(
        from source: borrowing OpenFile,
        to target: borrowing OpenFile,
        _ path: FileName
    ) throws -> Int {
        var total = 0
        while true {
            try stop.check()
            do throws(SystemFault) {
                let (from, to) = (source.descriptor, target.descriptor)
                let count = try retryingInterrupts { clusterrunner_git_copy(from, to, 1 << 26) }
                if count == 0 { return total }
                total += count
            } catch {
                guard total == 0 else { throw error.error("\(name(path)) could not be written", code: .failed) }
                break
            }
        }
        return try copyBytes(from: source, to: target, path)
    }

    private func copyBytes(
        from source: borrowing OpenFile,
        to target: borrowing OpenFile,
        _ path: FileName
    ) throws -> Int {
        var total = 0
        while true {
            try stop.check()
            let piece = try attempting("A content of Git LFS could not be read", code: .failed) {
                try source.piece(from: total, upTo: 1 << 18)
            }
            if piece.isEmpty { return total }
            try attempting("\(name(path)) could not be written", code: .failed) {
                try target.writeAll(piece, at: total)
            }
            total += piece.count
        }
    }

    private func name(_ path: FileName) -> String { "\"\(ByteString(path.bytes))\"" }
}

extension git_index_entry {
    /// Records the status of a file on the disk.
    fileprivate mutating func describe(_ status: stat) {
        ctime = git_index_time(status.st_ctim)
        mtime = git_index_time(status.st_mtim)
        dev = UInt32(truncatingIfNeeded: status.st_dev)
        ino = UInt32(truncatingIfNeeded: status.st_ino)
        uid = status.st_uid
        gid = status.st_gid
        file_size = UInt32(truncatingIfNeeded: status.st_size)
        // Otherwise the library would compare file and blob itself, because the entry is so recent.
        flags_extended |= UInt16(GIT_INDEX_ENTRY_UPTODATE.rawValue)
    }
}

extension git_index_time {
    fileprivate init(_ time: timespec) {
        self.init(
            seconds: Int32(truncatingIfNeeded: time.tv_sec),
            nanoseconds: UInt32(truncatingIfNeeded: time.tv_nsec)
        )
    }
}
