import CSpawn
import Glibc

/// The protection of this program's own process from the commands that it runs.
package enum ProcessProtection {
    /// Protects memory, environment and descriptors from other processes of the same user, and marks the environment.
    ///
    /// Must be called first, while there is one thread. The secret of the cluster is in the memory of every service:
    /// after this call, commands that run as the same user cannot read `/proc/PID/mem` or `/proc/PID/environ`, nor
    /// attach a debugger. Processes of root can. The kernel writes no core dump of such a process. Programs that are
    /// started are not affected. The mark distinguishes this program's own helpers, such as the connections that ssh
    /// keeps, from processes that commands leave behind.
    ///
    /// When this program exits, it collects the remaining exit statuses of its children: the first process of a
    /// container often collects none, and they would stay in the process table.
    package static func begin() {
        _ = cspawn_forbid_inspection()
        setenv(CommandCookie.variable, ProcessFamily.ofThisProcess.cookie.value(0), 1)
        // A file larger than `ulimit -f` is an error for its writer, and no reason to end the program.
        signal(SIGXFSZ, SIG_IGN)
        endOnQuit()
        atexit { while waitpid(-1, nil, WNOHANG) > 0 {} }
    }

    /// Restores the default action of QUIT, in place of the handler of the language's runtime.
    ///
    /// The runtime treats Ctrl-\ as a crash: it stops all threads for up to half a minute, prints a backtrace with
    /// registers and the memory they point to, and lets the process continue.
    package static func endOnQuit() {
        var action = sigaction()
        guard sigaction(SIGQUIT, nil, &action) == 0 else { return }
        // SIG_IGN, which is a number and no function: a shell without job control sets it for background processes.
        let isIgnored = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
        if !isIgnored { signal(SIGQUIT, SIG_DFL) }
    }
}
