import Glibc

/// Removes a file, or a directory with everything in it, if it exists.
///
/// Works by descriptors: symbolic links are never followed, names are bytes, and neither deep nor wide trees need many
/// descriptors, stack or memory. Directories that cannot be written are made writable first. Files of other users and
/// mounted file systems stay and are reported. A mounted file system is entered only with `crossingMounts`.
///
/// Blocks for as long as the file system needs, so it must not run in the tasks' pool; see ``Trash``.
///
/// - Parameters:
///   - path: the bytes of its path.
///   - crossingMounts: whether mounted file systems are emptied as well.
///   - isInterrupted: asked between directories; once it returns true, the rest stays.
/// - Returns: the outcome.
@discardableResult
package func removeTree(
    _ path: some Sequence<UInt8>,
    crossingMounts: Bool = false,
    isInterrupted: () -> Bool = { false }
) -> RemovalReport {
    var bytes = Array(path)
    // With a trailing slash, a link would be followed.
    while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    var remover = TreeRemover(crossingMounts: crossingMounts)
    return remover.remove(FileName(bytes), isInterrupted: isInterrupted)
}

/// Removes a file, or a directory with everything in it, if it exists.
@discardableResult
package func removeTree(_ path: String) -> RemovalReport { removeTree(path.utf8) }

/// The removal of one tree: a walk whose stack is a table.
struct TreeRemover {
    /// A directory on the way from the top to the current place of the walk.
    private struct Level {
        let name: FileName
        let identity: OpenDirectory.Identity
        /// nil while too many others are open; reopened from the level below.
        var directory: OpenDirectory?
        /// Directories in it that are still there.
        var pending: [FileName] = []
        /// Entries in it that stay.
        var left: Set<FileName> = []
        /// Whether an entry was removed since its entries were read.
        var hasProgress = false
        /// The number of times that its entries were read.
        var passes = 0
    }

    private let crossingMounts: Bool
    private var levels: [Level] = []
    private var report = RemovalReport()

    /// Maximum number of directories that are open at once, besides the top.
    private static let openLevels = 16
    /// Maximum number of passes over one directory: a command may write into it faster than this removes.
    private static let mostPasses = 100

    init(crossingMounts: Bool) {
        self.crossingMounts = crossingMounts
    }

    mutating func remove(_ top: FileName, isInterrupted: () -> Bool) -> RemovalReport {
        enter(top)
        while let level = levels.indices.last {
            if isInterrupted() {
                note(nil, .wasInterrupted)
                break
            }
            if let next = levels[level].pending.popLast() {
                enter(next)
            } else {
                leave()
            }
        }
        return report
    }
}

// MARK: Down

extension TreeRemover {
    private var current: Int32 { levels.last?.directory?.descriptor ?? AT_FDCWD }

    /// Opens a directory of the current one and removes its entries except directories.
    private mutating func enter(_ name: FileName) {
        guard let (directory, status) = open(name) else { return }
        let identity = directory.identity(status)
        if let top = levels.first?.identity, !crossingMounts, !top.isMountedWith(identity) {
            return keep(name, .isMounted)
        }
        // Its owner needs all three rights to list it and to remove its entries.
        if status.permissions & 0o700 != 0o700, status.owner == geteuid() {
            fchmod(directory.descriptor, status.permissions | 0o700)
        }
        levels.append(Level(name: name, identity: identity, directory: directory))
        closeFarLevel()
        removeFiles()
    }

    private mutating func open(_ name: FileName) -> (OpenDirectory, FileStatus)? {
        do {
            return try opened(name)
        } catch {
            switch error.number {
            case ENOENT: break
            case ENOTDIR, ELOOP: removeFile(name)
            case EACCES: return openAfterPermitting(name)
            case let number: keep(name, .system(number))
            }
            return nil
        }
    }

    /// Opens a directory that may not even be opened before its mode is changed.
    private mutating func openAfterPermitting(_ name: FileName) -> (OpenDirectory, FileStatus)? {
        fchmodat(current, name.cString, 0o700, AT_SYMLINK_NOFOLLOW)
        do {
            return try opened(name)
        } catch {
            keep(name, .system(error.number))
            return nil
        }
    }

    private func opened(_ name: FileName) throws(SystemFault) -> (OpenDirectory, FileStatus) {
        let directory = try OpenDirectory(name.cString, in: current)
        return (directory, try directory.status())
    }

    private mutating func removeFile(_ name: FileName) {
        if unlinkat(current, name.cString, 0) == 0 {
            noteRemoval()
        } else if errno != ENOENT {
            keep(name, .system(errno))
        }
    }

    /// Removes the entries of the current directory except directories, which are collected.
    private mutating func removeFiles() {
        guard let level = levels.indices.last, let directory = levels[level].directory else { return }
        let descriptor = directory.descriptor
        var removed = 0
        var refused: [(FileName, Int32)] = []
        var pending: [FileName] = []
        var fault: SystemFault?
        directory.rewind()
        do {
            while let entry = try directory.next() {
                if entry.isMarkedDirectory {
                    pending.append(entry.name)
                } else if unlinkat(descriptor, entry.cString, 0) == 0 {
                    removed += 1
                } else if errno == EISDIR {
                    pending.append(entry.name)
                } else if errno != ENOENT {
                    let number = errno
                    refused.append((entry.name, number))
                }
            }
        } catch {
            fault = error
        }
        report.removed += removed
        levels[level].hasProgress = removed > 0
        levels[level].passes += 1
        levels[level].pending = pending.filter { !levels[level].left.contains($0) }
        for (name, number) in refused where !levels[level].left.contains(name) { keep(name, .system(number)) }
        if let fault, levels[level].left.isEmpty { note(nil, .system(fault.number)) }
    }

    /// Closes a directory far above, so that deep trees need few descriptors.
    private mutating func closeFarLevel() {
        let far = levels.count - 1 - Self.openLevels
        guard far > 0 else { return }
        levels[far].directory = nil
    }
}

// MARK: Up

extension TreeRemover {
    /// Removes the current directory, which has no directories left, and returns to its parent.
    private mutating func leave() {
        guard let level = levels.last, let directory = level.directory else { return }
        guard openAbove(directory) else { return abandon() }
        let parent = levels.count > 1 ? levels[levels.count - 2].directory?.descriptor ?? AT_FDCWD : AT_FDCWD
        var failure: Int32?
        if level.left.isEmpty, unlinkat(parent, level.name.cString, AT_REMOVEDIR) != 0, errno != ENOENT {
            failure = errno
            // Some file systems omit entries while others are removed, and commands may still write.
            let mayHaveMore = level.hasProgress && level.passes < Self.mostPasses
            if mayHaveMore, failure == ENOTEMPTY || failure == EEXIST { return removeFiles() }
        }
        levels.removeLast()
        if let failure {
            keep(level.name, failure == EBUSY ? .isMounted : .system(failure))
        } else if level.left.isEmpty {
            noteRemoval()
        } else if let above = levels.indices.last {
            levels[above].left.insert(level.name)
        }
    }

    /// Opens the parent of a directory, unless it is open; false when another directory has taken its place.
    private mutating func openAbove(_ directory: OpenDirectory) -> Bool {
        let above = levels.count - 2
        guard above >= 0, levels[above].directory == nil else { return true }
        guard let parent = try? OpenDirectory("..", in: directory.descriptor), let status = try? parent.status(),
            parent.identity(status) == levels[above].identity
        else { return false }
        levels[above].directory = parent
        return true
    }

    /// Abandons all levels down from the last whose directory is still open above the current one.
    private mutating func abandon() {
        note(nil, .wasMoved)
        var name = levels.removeLast().name
        while let level = levels.last, level.directory == nil {
            name = level.name
            levels.removeLast()
        }
        if let level = levels.indices.last { levels[level].left.insert(name) }
    }

    private mutating func noteRemoval() {
        report.removed += 1
        if let level = levels.indices.last { levels[level].hasProgress = true }
    }

    private mutating func keep(_ name: FileName, _ reason: RemovalReport.Reason) {
        note(name, reason)
        if let level = levels.indices.last { levels[level].left.insert(name) }
    }

    private mutating func note(_ name: FileName?, _ reason: RemovalReport.Reason) {
        let path = report.isListing ? path(of: name) : []
        report.keep(path, reason)
    }

    /// Returns the path of an entry of the current directory, or of that directory.
    private func path(of name: FileName?) -> [UInt8] {
        Array((levels.map(\.name) + (name.map { [$0] } ?? [])).map(\.bytes).joined(separator: [UInt8(ascii: "/")]))
    }
}
