import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Foundation

/// The event log file of a service, one JSON object a line.
///
/// It has a thread of its own, so that a slow reader or disk holds up nothing else. Lines are refused when a reader
/// takes nothing for ``patience``; the caller retries them with the next ones.
package actor EventLog {
    private let place: EventLogPlace
    private let descriptor: Int32
    private let isRegular: Bool
    /// The number of bytes of the retried lines that a reader has already taken.
    private var taken = 0
    private let thread = ThreadExecutor(label: "clusterrunner.eventlog")

    /// The longest wait for a reader, in milliseconds.
    private static let patience: Int32 = 1_000
    /// The number of bytes that a pipe accepts in one piece.
    private static let pieceSize = 4_096

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Opens the file for appending, and creates it where it is missing.
    ///
    /// - Throws: ``ClusterRunnerError`` when the file cannot be written, or is a named pipe without a reader.
    package init(_ place: EventLogPlace) throws {
        self.place = place
        switch place {
        case .file(let path):
            let flags = O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
            descriptor = open(path, flags, 0o600)
        case .standardOutput:
            descriptor = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
        }
        guard descriptor >= 0 else {
            let reason = errno == ENXIO ? "it is a named pipe without a reader" : systemMessage(errno)
            throw ClusterRunnerError(.failed, "Cannot write the event log \(place): \(clause: reason).")
        }
        // Other files are shared with other writers and must not be truncated.
        var status = stat()
        isRegular = place != .standardOutput && fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    deinit { close(descriptor) }

    /// Appends whole lines, all of them or none; bytes that a reader has already taken are not sent again.
    package func append(_ lines: [UInt8]) throws {
        let end = isRegular ? lseek(descriptor, 0, SEEK_END) : 0
        while taken < lines.count {
            let count = isRegular ? write(lines[taken...]) : writeWhenReady(lines[taken...].prefix(Self.pieceSize))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return try giveUp(errno, end) }
            taken += count
        }
        taken = 0
    }

    private func write(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
    }

    /// Standard output is shared with processes that rely on its blocking mode, so only single calls are non-blocking.
    private func writeWhenReady(_ bytes: ArraySlice<UInt8>) -> Int {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let ready = poll(&entry, 1, Self.patience)
        guard ready > 0 else {
            if ready == 0 { errno = EAGAIN }
            return -1
        }
        let sent = bytes.withUnsafeBytes {
            send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
        }
        return sent < 0 && errno == ENOTSOCK ? write(bytes) : sent
    }

    private func giveUp(_ number: Int32, _ end: off_t) throws {
        if isRegular {
            ftruncate(descriptor, end)
            taken = 0
        }
        let reason = number == EAGAIN ? "its reader takes nothing" : systemMessage(number)
        throw ClusterRunnerError(.ofSystem(number), "Cannot write the event log \(place): \(clause: reason).")
    }
}
