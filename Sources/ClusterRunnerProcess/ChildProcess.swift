import CSpawn
import ClusterRunnerPlugin
import Glibc

/// The shell of a running command: the leader of its session and of its first process group.
///
/// The ids of process, group and session cannot be reused before ``reap()``, because the system keeps them for the
/// parent.
struct ChildProcess: Sendable {
    /// Its process id, which is also the id of its group and of its session.
    let pid: pid_t
    /// The number of its command in the process family.
    let command: Int
    /// A descriptor that becomes readable at its exit.
    let handle: Int32
    /// The time of its start; the clock stops while the machine sleeps, as a timeout should.
    let started: SuspendingClock.Instant

    /// Starts a command.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` that names the missing thing.
    static func start(
        _ command: ShellCommand,
        under shell: Shell,
        as user: JobUser?,
        in family: ProcessFamily
    ) throws -> Self {
        let files = try OutputFiles(command.output)
        try files.handOver(to: user)
        let number = family.begin()
        let started = SuspendingClock.now
        let arguments = CStrings(shell.arguments(for: command.script, command.options))
        let environment = CStrings(variables: command.environment, cookie: family.cookie.value(number))
        let pid = CStrings.withPointers(to: arguments, environment) {
            shell.start($0, $1, in: command.directory, files, as: user, descriptors: family.descriptorLimit)
        }
        guard pid > 0 else {
            family.ended(number)
            throw command.startFailure(-pid, shell: shell, user)
        }
        family.started(pid, of: number)
        let handle = cspawn_pidfd_open(pid)
        let child = Self(pid: pid, command: number, handle: handle, started: started)
        guard handle >= 0 else {
            child.abort(in: family)
            throw ClusterRunnerError(.failed, "Cannot watch a command: \(systemMessage(-handle)).")
        }
        return child
    }

    /// Sends a signal to its process group; must be called before ``reap()``.
    func signalGroup(_ signal: Int32) {
        kill(-pid, signal)
    }

    /// Collects its exit status after its exit.
    func reap() -> ShellEnd {
        var end = cspawn_end()
        guard cspawn_reap(handle, &end) == 0 else { return .lost }
        return end.signaled ? .signaled(end.status) : .exited(end.status)
    }

    /// Ends a command that cannot be watched; blocks briefly, until KILL has taken effect.
    func abort(in family: ProcessFamily) {
        signalGroup(SIGKILL)
        waitpid(pid, nil, 0)
        family.reaped(pid)
        family.ended(command)
        if handle >= 0 { close(handle) }
    }
}

/// The end of a command's shell.
enum ShellEnd: Sendable, Equatable {
    case exited(Int32)
    case signaled(Int32)
    /// Other code of this program collected the exit status first.
    case lost
}
