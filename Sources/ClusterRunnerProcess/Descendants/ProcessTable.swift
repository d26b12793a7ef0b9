import CSpawn
import Glibc

/// An entry of the system's process list.
struct ProcessEntry: Sendable, Equatable {
    let pid: pid_t
    let parent: pid_t
    let group: pid_t
    let session: pid_t
    /// The time of its start, in clock ticks since boot: distinguishes it from a later process of the same number.
    let start: UInt64
    /// Whether it has exited and its parent has not collected its exit status.
    let hasExited: Bool
    /// The name of its program, without terminal control characters.
    let name: String

    /// Reads the entry of a process.
    init?(_ pid: pid_t) {
        var process = cspawn_process()
        guard cspawn_process_of(pid, &process) == 0 else { return nil }
        self.init(process)
    }

    init(_ process: cspawn_process) {
        pid = process.pid
        parent = process.parent
        group = process.group
        session = process.session
        start = process.start
        hasExited = process.has_exited
        name = withUnsafeBytes(of: process.name) { bytes in
            let printable = bytes.prefix { $0 != 0 }.map { 0x20...0x7e ~= $0 ? $0 : UInt8(ascii: "?") }
            return String(decoding: printable, as: UTF8.self)
        }
    }
}

/// A snapshot of the processes of this machine.
struct ProcessTable: Sendable {
    let entries: [ProcessEntry]

    /// Lists all processes.
    static func current() -> Self {
        var capacity = 1024
        while true {
            let entries: [ProcessEntry]? = withUnsafeTemporaryAllocation(of: cspawn_process.self, capacity: capacity) {
                let count = Int(cspawn_all_processes($0.baseAddress, Int32(capacity)))
                guard count <= capacity else { return nil }
                return $0.prefix(max(0, count)).map { ProcessEntry($0) }
            }
            if let entries { return Self(entries: entries) }
            capacity *= 4
        }
    }

    /// Returns some processes and all their descendants, except branches that `isSpared`.
    func tree(of roots: some Sequence<pid_t>, except isSpared: (pid_t) -> Bool) -> [ProcessEntry] {
        let children = Dictionary(grouping: entries, by: \.parent)
        let roots = Set(roots)
        var found: [ProcessEntry] = []
        var seen: Set<pid_t> = []
        var open = entries.filter { roots.contains($0.pid) }
        while let entry = open.popLast() {
            guard seen.insert(entry.pid).inserted, !isSpared(entry.pid) else { continue }
            found.append(entry)
            open += children[entry.pid] ?? []
        }
        return found
    }
}
