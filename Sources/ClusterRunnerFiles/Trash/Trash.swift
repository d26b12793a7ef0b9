package import ClusterRunnerConcurrency
import Dispatch
import Glibc

/// A folder of discarded files, which a thread removes.
///
/// Discarding is one rename, whatever the size; the old path is free at once. One thread removes one entry after the
/// other, so that neither a decision nor the next build waits for it. After a crash, ``empty()`` removes the remaining
/// entries at the next start.
package final class Trash: Sendable {
    private struct State {
        /// Paths that could not be moved here, such as those on another file system.
        var strays: [FileName] = []
        /// Whether something was added since the thread last looked.
        var hasWork = false
        /// The end of the work of the thread; nil while it neither runs nor is about to.
        var rest: OneShotSignal?
        var isInterrupted = false
    }

    private let directory: String
    private let report: @Sendable (RemovalReport) -> Void
    private let remover: Remover
    private let queue = DispatchQueue(label: "clusterrunner.trash")
    private let state = Lock(State())
    /// Entries that could not be removed; retried at the next start.
    private let stuck = Lock<Set<FileName>>([])

    /// Removes the entry at a path, unless it is interrupted.
    package typealias Remover = @Sendable (_ path: [UInt8], _ isInterrupted: () -> Bool) -> RemovalReport

    /// Creates the trash of a folder; it does nothing until something is discarded.
    ///
    /// - Parameters:
    ///   - directory: the folder of the entries, created when needed. It should be on the file system of the discarded
    ///     files.
    ///   - remover: removes an entry, on the thread.
    ///   - report: called with the report of each entry that was not removed completely.
    package init(
        directory: String,
        remover: @escaping Remover = { removeTree($0, isInterrupted: $1) },
        report: @escaping @Sendable (RemovalReport) -> Void = { _ in }
    ) {
        self.directory = directory
        self.remover = remover
        self.report = report
    }

    /// Moves a file or directory away, if it exists, and removes it later.
    ///
    /// - Returns: Whether the path is free. It is not where something is mounted, or where the parent folder is not
    ///   writable; its contents are removed later all the same.
    @discardableResult
    package func discard(_ path: String) -> Bool {
        let source = FileName(path.utf8)
        let name = "\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let failure = move(source, to: FileName("\(directory)/\(name)".utf8))
        guard failure != ENOENT else { return true }
        let isFree = failure == nil || putAside(source, as: FileName("\(path).trash-\(name)".utf8))
        empty()
        return isFree
    }

    /// Removes everything in the trash, including the entries of an earlier process.
    package func empty() {
        let mustStart = state.withLock { state in
            state.hasWork = true
            guard state.rest == nil else { return false }
            state.rest = OneShotSignal()
            return true
        }
        if mustStart { queue.async { self.work() } }
    }

    /// Waits until nothing is left to remove, or the surrounding task is canceled.
    package func emptied() async {
        await state.withLock { $0.rest }?.wait()
    }

    /// Ends the removal once nothing is left, or after a few seconds; the rest stays for the next start.
    ///
    /// The last call of a service that ends.
    package func finish(within limit: Duration = .seconds(5), timekeeper: Timekeeper) async {
        await withTaskGroup { group in
            group.addTask { await self.emptied() }
            group.addTask { try? await timekeeper.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        state.withLock { $0.isInterrupted = true }
    }
}

// MARK: Moving

extension Trash {
    /// Renames; returns the `errno` of the failure, `ENOENT` when there is nothing to rename.
    private func move(_ source: FileName, to target: FileName) -> Int32? {
        if rename(source.cString, target.cString) == 0 { return nil }
        switch errno {
        case ENOENT:
            guard isThere(source) else { return ENOENT }
            guard mkdir(directory, 0o700) == 0 || errno == EEXIST else { return EXDEV }
        case EACCES:
            // A moved directory must be writable itself, because its ".." changes.
            guard fchmodat(AT_FDCWD, source.cString, 0o700, AT_SYMLINK_NOFOLLOW) == 0 else { return EACCES }
        case let number:
            return number
        }
        return rename(source.cString, target.cString) == 0 ? nil : errno
    }

    private func isThere(_ path: FileName) -> Bool {
        FileStatus(path.cString, in: AT_FDCWD) != nil
    }

    /// Renames a path within its own folder, for removal there.
    private func putAside(_ source: FileName, as target: FileName) -> Bool {
        let isFree = rename(source.cString, target.cString) == 0
        state.withLock { $0.strays.append(isFree ? target : source) }
        return isFree
    }
}

// MARK: Removing

extension Trash {
    /// Removes entries until nothing is left; runs on the thread.
    private func work() {
        while let strays = takeWork() {
            for stray in strays { remove(stray) }
            for entry in entries() { remove(entry) }
        }
    }

    /// Takes the paths to remove besides the entries; nil when nothing was added since the last call, which ends the
    /// thread.
    private func takeWork() -> [FileName]? {
        let (strays, rest) = state.withLock { state -> ([FileName]?, OneShotSignal?) in
            guard state.hasWork, !state.isInterrupted else {
                defer { state.rest = nil }
                return (nil, state.rest)
            }
            defer { state.strays = [] }
            state.hasWork = false
            return (state.strays, nil)
        }
        rest?.fire()
        return strays
    }

    private func remove(_ path: FileName) {
        guard stuck.withLock({ !$0.contains(path) }) else { return }
        let outcome = remover(path.bytes) { self.isInterrupted }
        guard !outcome.isComplete, !isInterrupted else { return }
        _ = stuck.withLock { $0.insert(path) }
        report(outcome)
    }

    private var isInterrupted: Bool { state.withLock { $0.isInterrupted } }

    /// Returns the paths of the entries in the trash.
    private func entries() -> [FileName] {
        guard let trash = try? OpenDirectory(directory) else { return [] }
        let folder = FileName(directory.utf8)
        var paths: [FileName] = []
        while let entry = try? trash.next() { paths.append(folder.appending(entry.name)) }
        return paths
    }
}
