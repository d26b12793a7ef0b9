import CSpawn
import ClusterRunnerCore
import Dispatch
import Glibc

/// The processes of a program's commands that outlived the program.
struct Leftovers: Sendable {
    /// The marks of that program.
    let cookie: CommandCookie
    let patience: CommandLifecycle.Patience

    /// Ends them: TERM, and KILL after the grace time; returns the names of those that ran.
    func end() async -> [pid_t: String] {
        await withCheckedContinuation { continuation in
            // It waits for processes, so it gets a thread that nobody else needs.
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

    /// Those that run: the marked ones, what descends from them, and the other processes of their sessions.
    func processes() -> [ProcessEntry] {
        let table = ProcessTable.current()
        let marked = table.entries.filter { entry in
            guard !entry.hasExited, case .command = cookie.owner(of: entry.pid) else { return false }
            return true
        }
        let sessions = Set(marked.map(\.session)).subtracting([getsid(0)])
        // A session's leader that is marked proves that the session was a command's.
        let own = sessions.filter { session in
            marked.contains { $0.pid == session } || !table.entries.contains { $0.pid == session }
        }
        let roots = marked.map(\.pid) + table.entries.filter { own.contains($0.session) }.map(\.pid)
        return table.tree(of: roots) { pid in
            pid == getpid() || CommandCookie.value(of: pid).map { cookie.owner(named: $0) == .stranger } ?? false
        }.filter { !$0.hasExited }
    }

    /// Sends a signal to all of them, also to those that are started meanwhile; returns those that it reached.
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
