import CSpawn
import Glibc

/// The protection of this program's own process from the commands that it runs.
package enum ProcessProtection {
    /// Keeps memory, environment and descriptors from other processes of the same user, and marks the environment.
    ///
    /// To be called first of all, while there is one thread. The secret of the cluster is in the memory of every service:
    /// afterwards commands that run as the same user cannot read `/proc/PID/mem` or `/proc/PID/environ`, nor attach a
    /// debugger. Processes of root can. The kernel writes no core dump of such a process. Programs that are started are not
    /// affected. The mark tells this program's own helpers, such as the connections that ssh keeps, from what commands
    /// leave behind.
    ///
    /// The exit statuses of children that nobody has taken are taken when this program exits: in a container its first
    /// process often takes none, and they would stay in the process table.
    package static func begin() {
        _ = cspawn_forbid_inspection()
        setenv(CommandCookie.variable, ProcessFamily.ofThisProcess.cookie.value(0), 1)
        // A file that is larger than `ulimit -f` allows is an error of whoever writes it, and no reason to end.
        signal(SIGXFSZ, SIG_IGN)
        endOnQuit()
        atexit { while waitpid(-1, nil, WNOHANG) > 0 {} }
    }

    /// Takes QUIT away from the language's runtime.
    ///
    /// Its handler takes Ctrl-\ for a crash: it stops all threads for up to half a minute, prints a backtrace with registers
    /// and what they point to, and lets the process go on.
    package static func endOnQuit() {
        var action = sigaction()
        guard sigaction(SIGQUIT, nil, &action) == 0 else { return }
        // SIG_IGN, which is a number and no function: a shell without job control sets it for what runs in the background.
        let isIgnored = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
        if !isIgnored { signal(SIGQUIT, SIG_DFL) }
    }
}
