import CSpawn
import ClusterRunnerConcurrency
import Glibc

/// The commands of this process, and the orphans among their processes.
///
/// A process that leaves its session (`setsid`, a daemon) becomes a child of this one once its parent has exited, and
/// then appears in the list of the first thread's children. Reading that list costs one system call, cheap enough for
/// each command that ends.
final class ProcessFamily: Sendable {
    /// The only instance: the system keeps one list of children for each process, and two readers would take each
    /// other's.
    static let ofThisProcess = ProcessFamily()

    /// The marks of this program's commands.
    let cookie = CommandCookie()
    /// The soft limit of open descriptors that this process was started with, passed on to its commands.
    ///
    /// A service raises its own limit, and programs that close all possible descriptors one by one would become slow.
    let descriptorLimit = cspawn_descriptor_limit()
    private let session = getsid(0)
    private let state = Lock(State())

    private struct State {
        /// A descriptor of the list of children; negative where the system has none.
        var list: Int32?
        var lastCommand = 0
        /// The commands that have begun and are not reported.
        var commands: Set<Int> = []
        /// Those whose shells are being started.
        var starting: Set<Int> = []
        /// Those that have begun to end.
        var ending: Set<Int> = []
        /// The shells whose exit status is not collected.
        var shells: Set<pid_t> = []
        /// The children that this process did not start.
        var orphans: [pid_t: Orphan] = [:]
    }

    /// A child that this process did not start.
    private enum Orphan {
        case command(Int)
        /// It hides its mark and descends from one of the commands that ran when it was first seen.
        case unknown(suspects: Set<Int>)
        /// It is unrelated, may outlive its command, or could not be ended.
        case stranger
        /// It has exited, and nothing shows its origin.
        case exited(since: ContinuousClock.Instant)
    }

    /// Time for which an exited child is left to other code of this process, such as a plugin that runs programs and
    /// waits for their exit status.
    static let exitPatience = Duration.seconds(2)
}

// MARK: Commands

extension ProcessFamily {
    /// Begins a new command; returns its number.
    func begin() -> Int {
        state.withLock { state in
            if state.list == nil {
                _ = cspawn_adopt_orphans()
                state.list = cspawn_open_children()
            }
            state.lastCommand += 1
            state.commands.insert(state.lastCommand)
            state.starting.insert(state.lastCommand)
            return state.lastCommand
        }
    }

    /// Records the start of a command's shell.
    func started(_ shell: pid_t, of command: Int) {
        state.withLock { state in
            state.shells.insert(shell)
            state.starting.remove(command)
        }
    }

    /// Records that the exit status of a shell was collected.
    func reaped(_ shell: pid_t) {
        state.withLock { _ = $0.shells.remove(shell) }
    }

    /// Records the report of a command; processes that it left and that could not be ended delay no other command.
    func ended(_ command: Int) {
        state.withLock { state in
            state.commands.remove(command)
            state.starting.remove(command)
            state.ending.remove(command)
            for (pid, orphan) in state.orphans {
                switch orphan {
                case .command(command): state.orphans[pid] = .stranger
                case .unknown(let suspects) where suspects.contains(command):
                    let others = suspects.subtracting([command])
                    state.orphans[pid] = others.isEmpty ? .stranger : .unknown(suspects: others)
                case .command, .unknown, .stranger, .exited: break
                }
            }
        }
    }
}

// MARK: Orphans

extension ProcessFamily {
    /// Collects the exit statuses of orphans that have exited, as the system's first process would.
    ///
    /// - Returns: Whether some are left to other code of this process for now, so that another call is needed.
    func sweep() -> Bool {
        state.withLock { state in
            look(state.list, &state)
            return state.orphans.values.contains { if case .exited = $0 { true } else { false } }
        }
    }

    /// Finds the orphans that must end with a command.
    ///
    /// An orphan without a mark belongs to the last of the commands that it may come from.
    func orphans(of command: Int) -> [pid_t] {
        state.withLock { state in
            state.ending.insert(command)
            look(state.list, &state)
            guard !state.orphans.isEmpty else { return [] }
            return state.orphans.compactMap { pid, orphan in
                switch orphan {
                case .command(let owner): owner == command || !state.commands.contains(owner) ? pid : nil
                case .unknown(let suspects):
                    suspects.contains(command) && suspects.isSubset(of: state.ending) ? pid : nil
                case .stranger, .exited: nil
                }
            }
        }
    }

    /// Whether a process may continue after the command that it descends from.
    func isSpared(_ pid: pid_t) -> Bool {
        let isShell = state.withLock { $0.shells.contains(pid) }
        return isShell || pid == getpid() || cookie.owner(of: pid) == .stranger
    }

    private func look(_ list: Int32?, _ state: inout State) {
        guard let list, list >= 0 else { return }
        let children = Self.read(list)
        guard !children.isEmpty || !state.orphans.isEmpty else { return }
        if !state.orphans.isEmpty {
            let present = Set(children)
            state.orphans = state.orphans.filter { present.contains($0.key) }
        }
        var table = LazyTable()
        for child in children where !state.shells.contains(child) { look(at: child, &state, &table) }
    }

    private func look(at child: pid_t, _ state: inout State, _ table: inout LazyTable) {
        switch state.orphans[child] {
        case nil:
            guard let process = ProcessEntry(child) else { return }
            if process.hasExited {
                state.orphans[child] = .exited(since: .now)
            } else if process.session != session {
                // Commands have sessions of their own; a process in this session was started by other code.
                let owner = owner(of: child, suspects: state.commands, &table)
                // It may be a shell whose number is not yet recorded: its exit status is not an orphan's.
                if case .command(let number) = owner, state.starting.contains(number) { return }
                state.orphans[child] = owner
            }
        case .stranger:
            if ProcessEntry(child)?.hasExited != false { state.orphans[child] = .exited(since: .now) }
        case .exited(let since):
            guard ContinuousClock.now - since > Self.exitPatience else { return }
            if cspawn_reap_orphan(child) { state.orphans[child] = nil }
        case .command(let number):
            if cspawn_reap_orphan(child) {
                state.orphans[child] = nil
            } else if cookie.owner(of: child) == .stranger {
                state.orphans[child] = .stranger
            } else {
                // The descendants by which it was recognised may have ended.
                state.orphans[child] = .command(number)
            }
        case .unknown(let suspects):
            // It may have been about to become another program.
            state.orphans[child] = cspawn_reap_orphan(child) ? nil : owner(of: child, suspects: suspects, &table)
        }
    }

    private func owner(of child: pid_t, suspects: Set<Int>, _ table: inout LazyTable) -> Orphan {
        switch cookie.owner(of: child) {
        case .command(0), .stranger: .stranger
        case .command(let number): .command(number)
        case .unknown: descendantsOwner(of: child, &table).map { .command($0) } ?? .unknown(suspects: suspects)
        }
    }

    /// Returns the command that the descendants of a process belong to.
    ///
    /// The process above a container hides its mark, but what runs in the container has it.
    private func descendantsOwner(of child: pid_t, _ table: inout LazyTable) -> Int? {
        for process in table.current.tree(of: [child], except: { _ in false }) where process.pid != child {
            if case .command(let number) = cookie.owner(of: process.pid), number != 0 { return number }
        }
        return nil
    }

    /// The list of processes, which is read at its first use.
    private struct LazyTable {
        private(set) lazy var current = ProcessTable.current()
    }

    private static func read(_ list: Int32) -> [pid_t] {
        let capacity = 4096
        return withUnsafeTemporaryAllocation(of: pid_t.self, capacity: capacity) { buffer in
            guard let start = buffer.baseAddress else { return [] }
            let count = Int(cspawn_read_children(list, start, Int32(capacity)))
            return count > 0 ? Array(buffer.prefix(count)) : []
        }
    }
}
