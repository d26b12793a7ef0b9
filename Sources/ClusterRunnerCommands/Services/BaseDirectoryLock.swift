import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The lock of a base directory, held by one process at a time.
package final class BaseDirectoryLock: Sendable {
    /// The directory.
    package let directory: String
    private let lock: HeldLock

    /// Locks a directory, which is created if missing, until ``release()`` or the end of the process.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidState`` that names the lock's holder.
    package convenience init(_ directory: String) throws {
        try self.init(unlessTaken: directory) { holder in
            ClusterRunnerError(
                .invalidState,
                "The base directory \(directory) is in use by \(holder.map { "process \($0)" } ?? "another process"). "
                    + "Stop that, or set another base_directory."
            )
        }
    }

    private init(unlessTaken directory: String, error: (pid_t?) -> any Error) throws {
        try OpenFile.makeDirectory(directory)
        guard let file = try OpenFile.ifThere(directory + "/lock", O_RDWR | O_CREAT) else {
            throw ClusterRunnerError(.notFound, "There is no directory \(directory).")
        }
        guard file.tryLock(.exclusive) else {
            throw error(Holder(try file.contents()).process)
        }
        // The file is never removed: a removal would break the lock of the next holder.
        try? file.resize(to: 0)
        try attempting("\(directory)/lock cannot be written", code: .failed) {
            try file.writeAll(Holder(process: getpid(), isEnding: false).text.utf8)
        }
        self.directory = directory
        lock = HeldLock(file)
    }

    /// The directory stays locked after the last reference to this object is gone.
    deinit { lock.keepForever() }

    /// Locks a directory; nil when another process has the lock.
    package static func ifFree(_ directory: String) throws -> BaseDirectoryLock? {
        struct Taken: Error {}
        do {
            return try BaseDirectoryLock(unlessTaken: directory) { _ in Taken() }
        } catch is Taken {
            return nil
        }
    }

    /// Locks a directory, after a holder that is about to end if it does so within `patience`; nil otherwise.
    package static func ifFree(_ directory: String, within patience: Duration) async throws -> BaseDirectoryLock? {
        if let lock = try ifFree(directory) { return lock }
        guard let file = try OpenFile.ifThere(directory + "/lock", O_RDONLY) else { return nil }
        guard Holder(try file.contents()).isEnding else { return nil }
        guard await FileLockWait(file: file).isReleased(within: patience, clock: ContinuousClock()) else { return nil }
        return try ifFree(directory)
    }

    /// Waits until no process holds the lock of a directory, or for a limited time.
    package static func waitUntilReleased(_ directory: String, within patience: Duration) async throws {
        guard let file = try OpenFile.ifThere(directory + "/lock", O_RDONLY) else { return }
        _ = await FileLockWait(file: file).isReleased(within: patience, clock: ContinuousClock())
    }

    /// Locks a directory as soon as a holder that is about to end releases it.
    ///
    /// A restart may begin the next process while the last one still completes its work.
    ///
    /// - Throws: the error of ``init(_:)`` when the holder is not about to end.
    package static func afterEndingHolder(
        of directory: String,
        clock: any Clock<Duration> = ContinuousClock(),
        isWaiting: (_ holder: Int32?) -> Void
    ) async throws -> BaseDirectoryLock {
        var isFirst = true
        while true {
            if let lock = try ifFree(directory) { return lock }
            guard let file = try OpenFile.ifThere(directory + "/lock", O_RDONLY) else { continue }
            let holder = Holder(try file.contents())
            guard holder.isEnding else { return try BaseDirectoryLock(directory) }
            if isFirst { isWaiting(holder.process) }
            isFirst = false
            _ = await FileLockWait(file: file).isReleased(within: longestWait, clock: clock)
            try Task.checkCancellation()
        }
    }

    /// The time after which the holder is checked again.
    private static let longestWait = Duration.seconds(3600)

    /// Announces that this process will soon release the lock.
    package func markEnding() {
        lock.withFile { try? $0.writeAll(Holder(process: getpid(), isEnding: true).text.utf8, at: 0) }
    }

    /// The holder of a directory's lock, from the lock file.
    fileprivate struct Holder {
        /// Its id; nil until it has written it.
        let process: pid_t?
        /// Whether it was told to end.
        let isEnding: Bool

        init(process: pid_t, isEnding: Bool) {
            self.process = process
            self.isEnding = isEnding
        }

        init(_ bytes: [UInt8]) {
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            process = lines.first.flatMap { pid_t($0) }
            isEnding = lines.dropFirst().first == "ending"
        }

        var text: String { "\(process ?? 0)\n" + (isEnding ? "ending\n" : "") }
    }

    /// Releases the lock; a second call does nothing.
    package func release() { lock.release() }
}

/// The directory of one embedded cluster.
///
/// Several may run at once on a machine, each with a base directory of its own; numbers of ended ones are reused.
package enum EmbeddedSlot {
    private static let limit = 1_000
    /// The time that a build leaves to a reader of its directory; one whose output goes to a pager has it for longer.
    private static let readersTime = Duration.seconds(2)

    /// The directory of all embedded clusters.
    package static func base(under baseDirectory: String) -> String { "\(baseDirectory)/embedded" }

    /// Locks the free directory with the lowest number in a base directory.
    ///
    /// A command that reads a directory has it for a moment, and marks it so; this waits a moment for it.
    package static func take(under baseDirectory: String) async throws -> BaseDirectoryLock {
        for number in 1...limit {
            let directory = "\(base(under: baseDirectory))/\(number)"
            if let lock = try await BaseDirectoryLock.ifFree(directory, within: readersTime) { return lock }
        }
        throw ClusterRunnerError(
            .unavailable,
            "All \(limit) directories below \(baseDirectory)/embedded are in use by running builds."
        )
    }
}
