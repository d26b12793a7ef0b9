import Foundation

/// Standard output and standard error, written without buffering, so that lines appear when they are printed.
enum Terminal {
    /// Whether standard output is a terminal.
    static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Prints a line on standard output.
    static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    /// Prints a line on standard error.
    static func printError(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// Replaces the current line of the terminal.
    static func replaceLine(_ text: String) { write("\r\u{1B}[2K" + text, to: STDOUT_FILENO) }

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
