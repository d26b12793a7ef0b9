import CSpawn
import Glibc

/// The processes of a command except its shell: those of its session, and those that left it.
///
/// Each is identified by a pidfd, so that no signal reaches an unrelated process that reused an id.
struct SessionRest: Sendable {
    /// The id of the session: that of the shell, in use as long as the session has a process.
    let session: pid_t
    /// The number of the command.
    let command: Int
    private let family: ProcessFamily
    private var handles: [pid_t: Int32] = [:]
    /// The processes that were sent a signal, with their state at that time.
    private var signaled: [pid_t: ProcessEntry] = [:]

    /// Maximum number of processes watched at a time, so that a command with thousands does not use up the descriptors;
    /// the others follow when these have exited.
    private static let mostWatched = 64

    init(session: pid_t, command: Int, family: ProcessFamily) {
        self.session = session
        self.command = command
        self.family = family
    }

    /// Whether none of its processes is known to be alive.
    var isEmpty: Bool { handles.isEmpty }
    /// The known processes.
    var processes: [pid_t] { handles.keys.sorted() }
    /// The names of the processes that were sent a signal.
    var namesOfSignaled: [pid_t: String] { signaled.mapValues(\.name) }

    /// One process, with the start that identifies it.
    private struct Member {
        let pid: pid_t
        /// The time of its start; nil for a process that is identified by its session.
        let start: UInt64?
    }
}

// MARK: Waiting

extension SessionRest {
    /// Watches all living processes.
    mutating func discover(_ poller: Poller, tag: (Int32) -> UInt64) {
        watch(members(poller, ofShell: nil), poller, tag: tag)
    }

    private mutating func watch(_ members: [Member], _ poller: Poller, tag: (Int32) -> UInt64) {
        for member in members where handles[member.pid] == nil && handles.count < Self.mostWatched {
            guard let handle = open(member) else { continue }
            if poller.add(handle, tag: tag(handle)) {
                handles[member.pid] = handle
            } else {
                // Without a watch, its end could not be waited for.
                _ = cspawn_pidfd_signal(handle, SIGKILL)
                close(handle)
            }
        }
    }

    /// Removes the processes that have exited.
    mutating func dropExited(_ poller: Poller) {
        for (pid, handle) in handles where hasExited(handle) {
            poller.remove(handle)
            close(handle)
            handles[pid] = nil
        }
    }

    /// Removes all processes.
    mutating func dropAll(_ poller: Poller) {
        for handle in handles.values {
            poller.remove(handle)
            close(handle)
        }
        handles = [:]
    }
}

// MARK: Signals

extension SessionRest {
    /// Sends TERM to all; those in the group of a running shell get it with the shell's own signal.
    ///
    /// `timeout`, `set -m` and interactive shells make other groups, daemons other sessions.
    ///
    /// - Returns: Whether a signal reached a process, or there was no process; those of other users cannot be reached.
    mutating func terminate(ofShell shell: pid_t?, _ poller: Poller, tag: (Int32) -> UInt64) -> Bool {
        let members = members(poller, ofShell: shell).filter { shell == nil || getpgid($0.pid) != session }
        guard shell == nil else {
            for member in members { _ = signal(SIGTERM, member) }
            return true
        }
        dropUnknown(members, poller)
        let reached = members.count { signal(SIGTERM, $0) }
        watch(members, poller, tag: tag)
        return reached > 0 || handles.isEmpty
    }

    /// Sends TERM to those outside the shell's group that have not got it.
    mutating func terminateNew(_ poller: Poller) {
        for member in members(poller, ofShell: nil)
        where signaled[member.pid] == nil && getpgid(member.pid) != session {
            _ = signal(SIGTERM, member)
        }
    }

    /// Sends KILL to all, including those that they start meanwhile.
    mutating func kill(ofShell shell: pid_t?, _ poller: Poller, tag: (Int32) -> UInt64) {
        // A process with KILL pending cannot start another one, so the passes end. They are bounded all the same,
        // because this thread serves every command; the rest is found when the known ones have exited.
        var known: Set<pid_t> = []
        for _ in 0..<32 {
            let members = members(poller, ofShell: shell)
            for member in members where known.contains(member.pid) == false { _ = signal(SIGKILL, member) }
            watch(members, poller, tag: tag)
            let count = known.count
            known.formUnion(members.map(\.pid))
            if known.count == count { return }
        }
    }

    /// Collects the exit statuses of processes that a signal ended and whose own parents are gone too.
    ///
    /// By then nothing shows which command they belonged to, so they would stay for ``ProcessFamily/exitPatience``.
    func reapSignaled() {
        for (pid, entry) in signaled {
            guard let now = ProcessEntry(pid), now.hasExited, now.start == entry.start else { continue }
            _ = cspawn_reap_orphan(pid)
        }
    }

    private mutating func signal(_ number: Int32, _ member: Member) -> Bool {
        let known = handles[member.pid]
        guard let handle = known ?? open(member) else { return false }
        defer { if known == nil { close(handle) } }
        // Read before the process is gone.
        let entry = signaled[member.pid] ?? ProcessEntry(member.pid)
        guard cspawn_pidfd_signal(handle, number) == 0 else { return false }
        signaled[member.pid] = entry
        return true
    }

    /// Removes those that may continue after all: a process can become another program after it was found.
    private mutating func dropUnknown(_ members: [Member], _ poller: Poller) {
        let known = Set(members.map(\.pid))
        for (pid, handle) in handles where !known.contains(pid) {
            poller.remove(handle)
            close(handle)
            handles[pid] = nil
        }
    }
}

// MARK: Finding

extension SessionRest {
    /// Finds all living processes.
    ///
    /// Orphans first: the search for them collects the exit statuses that keep the session's number in use.
    private func members(_ poller: Poller, ofShell shell: pid_t?) -> [Member] {
        var orphans = family.orphans(of: command)
        let members = cspawn_is_id_in_use(session, poller.timer) ? sessionMembers() : []
        // The parent of a process that left the session may have exited between the two searches.
        if orphans.isEmpty, members.isEmpty { orphans = family.orphans(of: command) }
        let roots = orphans + (shell.map { [$0] } ?? [])
        guard !roots.isEmpty else { return members }
        let tree = ProcessTable.current().tree(of: roots) { $0 != shell && family.isSpared($0) }
            .filter { $0.pid != shell && !$0.hasExited }
        // Identified by their start: a daemon may be about to leave the session.
        let known = Set(tree.map(\.pid))
        return members.filter { !known.contains($0.pid) } + tree.map { Member(pid: $0.pid, start: $0.start) }
    }

    private func sessionMembers() -> [Member] {
        var members = [pid_t](repeating: 0, count: 256)
        var count = Int(cspawn_session_members(session, &members, Int32(members.count)))
        if count > members.count {
            // Space for processes that start between the two calls; later ones are found by the next pass.
            members = [pid_t](repeating: 0, count: count * 2)
            count = min(members.count, Int(cspawn_session_members(session, &members, Int32(members.count))))
        }
        return members.prefix(max(0, count)).map { Member(pid: $0, start: nil) }
    }

    /// Opens a descriptor of a living process that belongs to the command.
    private func open(_ member: Member) -> Int32? {
        let handle = cspawn_pidfd_open(member.pid)
        guard handle >= 0 else { return nil }
        // Checked again: the id may have been reused before the descriptor was open.
        let isSame =
            member.start.map { ProcessEntry(member.pid)?.start == $0 } ?? (getsid(member.pid) == session)
        if isSame, !hasExited(handle) { return handle }
        close(handle)
        return nil
    }

    private func hasExited(_ handle: Int32) -> Bool {
        guard cspawn_pidfd_has_exited(handle) else { return false }
        // Orphans are children of this program.
        var end = cspawn_end()
        _ = cspawn_reap(handle, &end)
        return true
    }
}
