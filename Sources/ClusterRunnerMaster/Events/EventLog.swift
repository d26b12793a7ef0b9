import ClusterRunnerCore
import Foundation

/// The file of events, one JSON object a line.
///
/// Never waited for: a named pipe that nobody reads refuses lines, which are tried again with the next event.
final class EventLog {
    private let path: String
    private let descriptor: Int32
    private let isRegular: Bool
    /// How many bytes of the lines that are tried again a pipe has taken already.
    private var taken = 0

    /// Opens the file behind what it holds, and makes it where it is missing.
    init(path: String) throws {
        self.path = path
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        descriptor = open(path, flags, 0o600)
        guard descriptor >= 0 else {
            let reason = errno == ENXIO ? "it is a named pipe that nobody reads" : systemMessage(errno)
            throw ClusterRunnerError(.failed, "Cannot write the event log \(path): \(reason).")
        }
        var status = stat()
        isRegular = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    deinit { close(descriptor) }

    /// Adds whole lines, all of them or none; what a pipe took of them is not sent again.
    func append(_ lines: [UInt8]) throws {
        let end = isRegular ? lseek(descriptor, 0, SEEK_END) : 0
        while taken < lines.count {
            let count = lines[taken...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return try giveUp(errno, end) }
            taken += count
        }
        taken = 0
    }

    private func giveUp(_ number: Int32, _ end: off_t) throws {
        if isRegular {
            ftruncate(descriptor, end)
            taken = 0
        }
        throw ClusterRunnerError(.ofSystem(number), "Cannot write the event log \(path): \(systemMessage(number)).")
    }
}
