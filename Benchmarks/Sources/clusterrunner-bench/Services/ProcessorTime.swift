import Foundation

/// Processor time, in seconds.
struct ProcessorTime: Codable {
    /// The time in programs.
    var user: Double
    /// The time in the kernel on their behalf.
    var system: Double

    /// The sum of both.
    var total: Double { user + system }

    static func + (left: Self, right: Self) -> Self {
        Self(user: left.user + right.user, system: left.system + right.system)
    }

    static func - (left: Self, right: Self) -> Self {
        Self(user: left.user - right.user, system: left.system - right.system)
    }

    /// Returns the time used by the ended children of this process, and by theirs.
    static func ofChildren() -> Self {
        var usage = rusage()
        getrusage(__rusage_who_t(truncatingIfNeeded: RUSAGE_CHILDREN.rawValue), &usage)
        return Self(user: seconds(usage.ru_utime), system: seconds(usage.ru_stime))
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}

/// The kernel's figures of a process so far.
struct ProcessFigures {
    /// The process's own time.
    let own: ProcessorTime
    /// The time of its ended children.
    let children: ProcessorTime
    /// Its maximum memory, in bytes.
    let peakMemory: Int

    /// Reads the figures of a process.
    init(of id: pid_t) throws {
        let status = try String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
        // The name of the program, in parentheses, may contain anything.
        let fields = status.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 14 else { throw BenchFailure("/proc/\(id)/stat has another form: \(status)") }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let times = fields[11...14].map { (Double($0) ?? 0) / ticks }
        own = ProcessorTime(user: times[0], system: times[1])
        children = ProcessorTime(user: times[2], system: times[3])
        let lines = try String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8).split(separator: "\n")
        let peak = lines.first { $0.hasPrefix("VmHWM:") }?.split(separator: " ").compactMap { Int($0) }.first
        peakMemory = (peak ?? 0) << 10
    }
}
