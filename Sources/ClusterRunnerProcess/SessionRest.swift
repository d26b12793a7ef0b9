import CSpawn
import Glibc

/// The processes of a command that are not its shell: those of its session, and those that left it.
///
/// Knows each by a pidfd, so that no signal hits a stranger who got the id of a process that is gone.
struct SessionRest: Sendable {
    /// The id of the session: that of the shell, taken as long as the session has a process.
    let session: pid_t
    /// The number of the command.
    let command: Int
    private let family: ProcessFamily
    private var handles: [pid_t: Int32] = [:]
    /// Those that were sent a signal, as they were then.
    private var signaled: [pid_t: ProcessEntry] = [:]

    /// How many are watched at a time, so that a command with thousands does not use up the descriptors; the others are
    /// looked at when these have exited.
    private static let mostWatched = 64

    init(session: pid_t, command: Int, family: ProcessFamily) {
        self.session = session
        self.command = command
        self.family = family
    }

    /// Whether no process of it is known to be alive.
    var isEmpty: Bool { handles.isEmpty }
    /// The known ones.
    var processes: [pid_t] { handles.keys.sorted() }
    /// The names of those that were sent a signal.
    var namesOfSignaled: [pid_t: String] { signaled.mapValues(\.name) }

    /// One process, and how it is known again.
    private struct Member {
        let pid: pid_t
        /// When it began; nil for one that the session's number identifies.
        let start: UInt64?
    }
}

// MARK: Waiting

extension SessionRest {
    /// Has the poller watch those that are alive.
    mutating func discover(_ poller: Poller, tag: (Int32) -> UInt64) {
        watch(members(poller, ofShell: nil), poller, tag: tag)
    }

    private mutating func watch(_ members: [Member], _ poller: Poller, tag: (Int32) -> UInt64) {
        for member in members where handles[member.pid] == nil && handles.count < Self.mostWatched {
            guard let handle = open(member) else { continue }
            if poller.add(handle, tag: tag(handle)) {
                handles[member.pid] = handle
            } else {
                // Out of watches: nobody could wait for its end.
                _ = cspawn_pidfd_signal(handle, SIGKILL)
                close(handle)
            }
        }
    }

    /// Forgets those that have exited.
    mutating func dropExited(_ poller: Poller) {
        for (pid, handle) in handles where hasExited(handle) {
            poller.remove(handle)
            close(handle)
            handles[pid] = nil
        }
    }

    /// Forgets all.
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
    /// Sends TERM to all; to those in the group of a shell that runs, the shell's own signal goes.
    ///
    /// `timeout`, `set -m` and interactive shells make other groups, daemons other sessions.
    ///
    /// - Returns: Whether a signal reached one, or there was none to reach: those of other users cannot be.
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

    /// Sends KILL to all, also to those that they start meanwhile.
    mutating func kill(ofShell shell: pid_t?, _ poller: Poller, tag: (Int32) -> UInt64) {
        // A process with KILL pending cannot start another one, so the passes end; bounded all the same, because this
        // thread serves every command. What is left over is found when those known have exited.
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

    /// Takes the exit statuses of those that have exited because of a signal, and whose own parents have gone, too.
    ///
    /// Nothing of them tells by then whose they were, so nobody else would take them for ``ProcessFamily/exitPatience``.
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
        // Before it is gone.
        let entry = signaled[member.pid] ?? ProcessEntry(member.pid)
        guard cspawn_pidfd_signal(handle, number) == 0 else { return false }
        signaled[member.pid] = entry
        return true
    }

    /// Forgets those that may go on after all: a process can become another program after it was found.
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
    /// All that are alive.
    ///
    /// Orphans first: looking for them takes the exit statuses that keep the session's number in use.
    private func members(_ poller: Poller, ofShell shell: pid_t?) -> [Member] {
        var orphans = family.orphans(of: command)
        let members = cspawn_is_id_in_use(session, poller.timer) ? sessionMembers() : []
        // The parent of a process that left the session may have exited between the two looks.
        if orphans.isEmpty, members.isEmpty { orphans = family.orphans(of: command) }
        let roots = orphans + (shell.map { [$0] } ?? [])
        guard !roots.isEmpty else { return members }
        let tree = ProcessTable.current().tree(of: roots) { $0 != shell && family.isSpared($0) }
            .filter { $0.pid != shell && !$0.hasExited }
        // Known by their start: a daemon may be about to leave the session.
        let known = Set(tree.map(\.pid))
        return members.filter { !known.contains($0.pid) } + tree.map { Member(pid: $0.pid, start: $0.start) }
    }

    private func sessionMembers() -> [Member] {
        var members = [pid_t](repeating: 0, count: 256)
        var count = Int(cspawn_session_members(session, &members, Int32(members.count)))
        if count > members.count {
            // Room for those that are started between the two looks; later ones are found by the next pass.
            members = [pid_t](repeating: 0, count: count * 2)
            count = min(members.count, Int(cspawn_session_members(session, &members, Int32(members.count))))
        }
        return members.prefix(max(0, count)).map { Member(pid: $0, start: nil) }
    }

    /// A descriptor of a process that belongs to the command and is alive.
    private func open(_ member: Member) -> Int32? {
        let handle = cspawn_pidfd_open(member.pid)
        guard handle >= 0 else { return nil }
        // Asked again: the id may have been given to another process before the descriptor was open.
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
