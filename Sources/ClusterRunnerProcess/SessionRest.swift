import CSpawn
import Glibc

/// The processes of a command's session that are not its shell.
///
/// Knows each by a pidfd, so that no signal hits a stranger who got the id of a process that is gone.
struct SessionRest: Sendable {
    /// The id of the session: that of the shell, taken as long as the session has a process.
    let session: pid_t
    private var handles: [pid_t: Int32] = [:]

    init(session: pid_t) {
        self.session = session
    }

    /// Whether no process of it is known to be alive.
    var isEmpty: Bool { handles.isEmpty }
    /// The known ones.
    var processes: [pid_t] { handles.keys.sorted() }

    /// Sends TERM to those outside the shell's process group, which gets its own.
    ///
    /// `timeout`, `set -m` and interactive shells make such groups.
    func terminateOtherGroups() {
        for pid in members() where getpgid(pid) != session {
            guard let handle = open(pid) else { continue }
            _ = cspawn_pidfd_signal(handle, SIGTERM)
            close(handle)
        }
    }

    /// Looks for processes that are not known yet, has the poller watch them, and returns their descriptors.
    @discardableResult
    mutating func discover(_ poller: Poller, tag: (Int32) -> UInt64) -> [Int32] {
        guard cspawn_is_id_in_use(session, poller.timer) else { return [] }
        var found: [Int32] = []
        for pid in members() where handles[pid] == nil {
            guard let handle = open(pid) else { continue }
            guard poller.add(handle, tag: tag(handle)) else {
                // Out of watches: the signal still goes out, but nobody waits for the end.
                _ = cspawn_pidfd_signal(handle, SIGKILL)
                close(handle)
                continue
            }
            handles[pid] = handle
            found.append(handle)
        }
        return found
    }

    /// Sends KILL to all, also to those that they start meanwhile.
    mutating func kill(_ poller: Poller, tag: (Int32) -> UInt64) {
        for handle in handles.values { _ = cspawn_pidfd_signal(handle, SIGKILL) }
        // A process with KILL pending cannot start another one, so the passes end; bounded all the same, because this
        // thread serves every command. What is left over is found when those known have exited.
        for _ in 0..<32 {
            let found = discover(poller, tag: tag)
            if found.isEmpty { return }
            for handle in found { _ = cspawn_pidfd_signal(handle, SIGKILL) }
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

    /// A descriptor of a process that belongs to the session and is alive.
    private func open(_ pid: pid_t) -> Int32? {
        let handle = cspawn_pidfd_open(pid)
        guard handle >= 0 else { return nil }
        // Asked again: the id may have been given to another process before the descriptor was open.
        if getsid(pid) == session, !hasExited(handle) { return handle }
        close(handle)
        return nil
    }

    private func hasExited(_ handle: Int32) -> Bool {
        guard cspawn_pidfd_has_exited(handle) else { return false }
        // Orphans become children of this program when it is the first process of a container.
        var end = cspawn_end()
        _ = cspawn_reap(handle, &end)
        return true
    }

    private func members() -> [pid_t] {
        var members = [pid_t](repeating: 0, count: 256)
        let count = Int(cspawn_session_members(session, &members, Int32(members.count)))
        guard count > members.count else { return Array(members.prefix(max(0, count))) }
        // Room for those that are started between the two looks; later ones are found by the next pass.
        members = [pid_t](repeating: 0, count: count * 2)
        let second = Int(cspawn_session_members(session, &members, Int32(members.count)))
        return Array(members.prefix(max(0, second)))
    }
}
