import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Dispatch
import Glibc

/// The keys that are pressed on the terminal of this process, one at a time and without an echo.
///
/// Signals such as Ctrl-C work as ever. In the background nothing is read, because the shell has the terminal then.
struct TerminalKeys: Sendable {
    private let timekeeper: Timekeeper

    /// The time between two looks whether the terminal is this process's again.
    private static let patience = Duration.seconds(1)
    private static let queue = DispatchQueue(label: "clusterrunner.keys")
    /// The modes that the terminal had; nil while they are in force.
    private static let saved = Lock<termios?>(nil)

    /// Whether standard input is a terminal, and this process may read from it.
    private static var isForeground: Bool { isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp() }

    /// Runs an operation with the keys; nil without a terminal.
    ///
    /// The terminal is as before when it returns.
    static func with<Success>(
        timekeeper: Timekeeper,
        _ operation: (TerminalKeys?) async throws -> Success
    ) async throws -> Success {
        guard isForeground else { return try await operation(nil) }
        atexit { TerminalKeys.restore() }
        enter()
        defer { restore() }
        return try await operation(TerminalKeys(timekeeper: timekeeper))
    }

    /// Sets the modes anew after the process was stopped and continued.
    func renew() { Self.enter() }

    /// Waits for the next keys; nil when the terminal has gone away.
    func next() async throws -> [UInt8]? {
        while true {
            if Self.isForeground {
                Self.enter()
                try await Self.readable()
            }
            // It may be another's by now, and a read would stop this process.
            guard Self.isForeground else {
                if isatty(STDIN_FILENO) == 0 { return nil }
                try await timekeeper.sleep(for: Self.patience)
                continue
            }
            let bytes = try UnownedFile(STDIN_FILENO).read(upTo: 64)
            return bytes.isEmpty ? nil : bytes
        }
    }

    /// Turns off lines and echo, if they are on.
    private static func enter() {
        guard isForeground else { return }
        saved.withLock { saved in
            var modes = termios()
            guard tcgetattr(STDIN_FILENO, &modes) == 0, modes.c_lflag & tcflag_t(ICANON) != 0 else { return }
            saved = modes
            modes.c_lflag &= ~tcflag_t(ICANON | ECHO)
            tcsetattr(STDIN_FILENO, TCSADRAIN, &modes)
        }
    }

    private static func restore() {
        saved.withLock { saved in
            guard var modes = saved, isForeground else { return }
            tcsetattr(STDIN_FILENO, TCSADRAIN, &modes)
            saved = nil
        }
    }

    private static func readable() async throws {
        let ready = OneShotSignal()
        let source = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: queue)
        source.setEventHandler { ready.fire() }
        source.activate()
        defer { source.cancel() }
        await ready.wait()
        try Task.checkCancellation()
    }
}
