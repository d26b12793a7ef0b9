import CSpawn
import Dispatch
import Glibc

/// The processes of a program's commands that outlived the program.
struct Leftovers: Sendable {
    /// The mark of that program.
    let cookie: CommandCookie
    /// The directory of its commands.
    let directory: String
    let patience: CommandLifecycle.Patience

    /// Ends them with TERM, and KILL after the grace time; returns the names of the running ones.
    func end() async -> [pid_t: String] {
        await withCheckedContinuation { continuation in
            // It waits for processes, so it gets a thread of its own.
            DispatchQueue(label: "clusterrunner.leftovers").async {
                var ended: [pid_t: String] = [:]
                for number in [SIGTERM, SIGKILL] {
                    let found = signal(number)
                    for entry in found { ended[entry.pid] = entry.name }
                    guard !found.isEmpty else { break }
                    wait(for: found, atMost: patience.grace)
                }
                continuation.resume(returning: ended)
            }
        }
    }

    /// Finds the running ones: the marked processes, their descendants, and the other processes of their sessions.
    func processes() -> [ProcessEntry] {
        let table = ProcessTable.current()
        let outputs = realPath
        let marked = table.entries.filter { entry in
            guard !entry.hasExited, entry.pid != getpid() else { return false }
            return switch cookie.owner(of: entry.pid) {
            case .command: true
            case .stranger: false
            case .unknown: Self.writesOutput(entry.pid, below: outputs)
            }
        }
        let sessions = Set(marked.map(\.session)).subtracting([getsid(0)])
        // A marked session leader proves that the session was a command's.
        let own = sessions.filter { session in
            marked.contains { $0.pid == session } || !table.entries.contains { $0.pid == session }
        }
        let roots = marked.map(\.pid) + table.entries.filter { own.contains($0.session) }.map(\.pid)
        return table.tree(of: roots) { pid in
            pid == getpid() || CommandCookie.value(of: pid).map { cookie.owner(named: $0) == .stranger } ?? false
        }.filter { !$0.hasExited }
    }

    private var realPath: String {
        guard let path = realpath(directory, nil) else { return directory }
        defer { free(path) }
        return String(cString: path)
    }

    /// Whether a process that hides its mark writes to an output of a command.
    ///
    /// Outputs lie at least two folders below the directory; no other program writes there.
    private static func writesOutput(_ pid: pid_t, below directory: String) -> Bool {
        [STDOUT_FILENO, STDERR_FILENO].contains { descriptor in
            guard let path = target(of: "/proc/\(pid)/fd/\(descriptor)"), path.hasPrefix("\(directory)/") else {
                return false
            }
            return path.dropFirst(directory.count + 1).split(separator: "/").count > 2
        }
    }

    private static func target(of link: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let start = buffer.baseAddress else { return nil }
            let length = readlink(link, start, buffer.count)
            guard length > 0 else { return nil }
            return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// Sends a signal to all of them, including those that are started meanwhile; returns those that it reached.
    private func signal(_ number: Int32) -> [ProcessEntry] {
        var reached: [pid_t: ProcessEntry] = [:]
        for _ in 0..<8 {
            let new = processes().filter { reached[$0.pid]?.start != $0.start }
            let signaled = new.filter { send(number, to: $0) }
            for entry in signaled { reached[entry.pid] = entry }
            if signaled.isEmpty { break }
        }
        return Array(reached.values)
    }

    private func send(_ number: Int32, to entry: ProcessEntry) -> Bool {
        let handle = cspawn_pidfd_open(entry.pid)
        guard handle >= 0 else { return false }
        defer { close(handle) }
        return ProcessEntry(entry.pid)?.start == entry.start && cspawn_pidfd_signal(handle, number) == 0
    }

    private func wait(for entries: [ProcessEntry], atMost time: Duration) {
        let deadline = SuspendingClock.now + time
        for entry in entries {
            let handle = cspawn_pidfd_open(entry.pid)
            guard handle >= 0 else { continue }
            defer { close(handle) }
            let left = max(.zero, deadline - SuspendingClock.now).components
            let milliseconds = Int32(clamping: left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1)
            var watched = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
            if ProcessEntry(entry.pid)?.start == entry.start { poll(&watched, 1, milliseconds) }
        }
    }
}
