import ClusterRunnerFiles
import Glibc

/// A process of this machine, distinguished from a later one with the same id.
package struct ProcessIdentity: Sendable, Equatable {
    /// The process id.
    package let id: Int32
    /// The start time, in the system's clock ticks since boot.
    package let startTime: UInt64
    /// The running program.
    package let executable: String

    /// Returns the identity of this process.
    static func current() -> Self? { Self(running: getpid()) }

    /// Reads the identity of a running process; nil when no process has that id.
    init?(running id: pid_t) {
        guard let stat = Self.contents(of: "/proc/\(id)/stat"), let startTime = Self.startTime(inStat: stat) else {
            return nil
        }
        self.init(id: id, startTime: startTime, executable: Self.executable(of: id))
    }

    init(id: pid_t, startTime: UInt64, executable: String) {
        self.id = id
        self.startTime = startTime
        self.executable = executable
    }

    /// Whether the process is still running.
    ///
    /// The executable is not compared, because an upgrade changes it under a running service.
    var isRunning: Bool { Self(running: id)?.startTime == startTime }

    /// Reads the 22nd field of `/proc/PID/stat`.
    ///
    /// Fields are counted from the last parenthesis, because the program's name may contain spaces and parentheses.
    static func startTime(inStat text: String) -> UInt64? {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].split(separator: " ").dropFirst()
        return fields.count > 19 ? UInt64(fields[fields.startIndex + 19]) : nil
    }

    private static func contents(of path: String) -> String? {
        guard let file = try? OpenFile(path, O_RDONLY), let bytes = try? file.readToEnd() else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func executable(of id: pid_t) -> String {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = target.withUnsafeMutableBytes { buffer in
            buffer.bindMemory(to: CChar.self).baseAddress.map { readlink("/proc/\(id)/exe", $0, buffer.count) } ?? -1
        }
        return length > 0 ? String(decoding: target[..<length], as: UTF8.self) : ""
    }
}

extension ProcessIdentity {
    /// The text of a pid file, with the id first, as tools expect it.
    var text: String { "\(id)\n\(startTime)\n\(executable)\n" }

    /// Reads the text of a pid file.
    init?(text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 3, let id = pid_t(lines[0]), id > 1, let startTime = UInt64(lines[1]) else { return nil }
        self.init(id: id, startTime: startTime, executable: String(lines[2]))
    }
}
