import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The figures of this process that the kernel keeps; 0 for those that it does not tell.
struct ProcessFigures: Sendable {
    /// The start, in seconds since 1970.
    let startTime: Double
    /// User and system time, in seconds.
    let cpuTime: Double
    let residentBytes: Int
    let virtualBytes: Int
    let openDescriptors: Int
    let descriptorLimit: Int

    /// Reads the figures.
    init() {
        let stat = Self.statFields()
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        // proc(5) numbers the fields from 1, and the first two are not in the list.
        startTime = Self.bootTime + (Self.value(stat, 22) / ticks)
        cpuTime = (Self.value(stat, 14) + Self.value(stat, 15)) / ticks
        virtualBytes = Int(Self.value(stat, 23))
        residentBytes = Int(Self.value(stat, 24)) * Int(getpagesize())
        openDescriptors = Self.countDescriptors()
        var limit = rlimit()
        let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        descriptorLimit = isKnown ? Int(clamping: limit.rlim_cur) : 0
    }

    /// The time of the machine's start, which the start of a process is relative to.
    private static let bootTime: Double = {
        let line = text(of: "/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst("btime ".count)) } ?? 0
    }()

    /// The fields after the name of the program, which may hold spaces and parentheses.
    private static func statFields() -> [Substring] {
        let text = text(of: "/proc/self/stat")
        guard let end = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: end)...].split(whereSeparator: \.isWhitespace)
    }

    private static func value(_ fields: [Substring], _ number: Int) -> Double {
        fields.indices.contains(number - 3) ? Double(fields[number - 3]) ?? 0 : 0
    }

    private static func countDescriptors() -> Int {
        guard let directory = try? OpenDirectory("/proc/self/fd") else { return 0 }
        var count = 0
        while let entry = try? directory.next() {
            _ = consume entry
            count += 1
        }
        // One of them reads the directory.
        return count - 1
    }

    private static func text(of path: String) -> String {
        guard let bytes = try? OpenFile(path, O_RDONLY).readToEnd() else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
