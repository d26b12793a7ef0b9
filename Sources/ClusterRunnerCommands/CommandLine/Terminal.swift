import Foundation

/// Standard output and standard error, written without buffering, so that lines appear when they are printed.
enum Terminal {
    /// Whether standard output is a terminal.
    static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

    /// How many columns the terminal has that standard output is; nil when it is none.
    static var width: Int? {
        guard isInteractive else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Prints a line on standard output.
    static func print(_ line: String) { write(line + "\n") }

    /// Prints a line on standard error.
    static func printError(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// Writes text to standard output.
    static func write(_ text: String) { write(text, to: STDOUT_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            // A reader that went away is no reason to end the build.
            guard count > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(0, count))
        }
    }
}
