import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// Standard output and standard error, unbuffered, so that lines appear at once.
enum Terminal {
    /// Whether standard output is a terminal.
    static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

    /// The columns of the terminal on standard output; nil without a terminal.
    static var width: Int? {
        guard isInteractive else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Prints a line on standard output.
    static func print(_ line: String) { write(line + "\n") }

    /// Prints a line on standard error.
    static func printError(_ line: String) { write(ArgumentBytes.shown(line) + "\n", to: STDERR_FILENO) }

    /// Prints a line about a service, to standard error if standard output is its event log.
    static func announce(_ line: String, beside log: EventLogPlace?) {
        if log == .standardOutput { printError(line) } else { print(line) }
    }

    /// Writes text to standard output.
    static func write(_ text: String) { write(text, to: STDOUT_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        let stream = UnownedFile(descriptor)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            do {
                rest = rest.dropFirst(try stream.write(rest))
            } catch {
                guard error.number == EAGAIN else { return lost(descriptor, error.number) }
                // Another program may have made the shared terminal non-blocking.
                _ = try? stream.isWritable()
            }
        }
    }
}

// MARK: Readers that go away

extension Terminal {
    /// The importance of a reader for the output.
    enum Audience: Sendable {
        /// The output is the command's only purpose, so it ends with its reader, like any filter.
        case isNeeded
        /// The command works on without a reader.
        case isWelcome
    }

    private struct State {
        var audience = Audience.isWelcome
        var failure: Int32?
    }

    private static let state = Lock(State())

    /// Prepares the standard descriptors before anything is opened.
    ///
    /// A closed one would become the next opened file, such as the database, and be printed into. A write to a closed
    /// pipe becomes an error instead of a signal that ends the process.
    static func prepare() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
        }
        signal(SIGPIPE, SIG_IGN)
        // The argument parser wraps help at COLUMNS, and crashes if no word fits.
        if let columns = getenv("COLUMNS"), !(40...1_000).contains(Int(String(cString: columns)) ?? 80) {
            unsetenv("COLUMNS")
        }
    }

    /// Sets the importance of a reader from here on.
    static func expect(_ audience: Audience) {
        state.withLock { $0.audience = audience }
    }

    /// Whether the output is the command's only purpose.
    static var isNeeded: Bool { state.withLock { $0.audience == .isNeeded } }

    /// The sentence about output that could not be written; nil if all was written or its reader went away.
    static var failure: String? {
        state.withLock(\.failure).map { "The output could not be written: \(systemMessage($0))." }
    }

    private static func lost(_ descriptor: Int32, _ number: Int32) {
        guard descriptor == STDOUT_FILENO else { return }
        guard number == EPIPE else { return state.withLock { $0.failure = $0.failure ?? number } }
        guard state.withLock({ $0.audience == .isNeeded }) else { return }
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
    }
}
