import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

extension ShellCommand {
    /// The kernel's limit for one argument or one variable: 32 pages, with the name, the `=` and the closing zero byte.
    private static let stringLimit = 128 * 1024

    /// Checks that all values can be passed to a program unchanged.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that names the variable.
    func check() throws {
        for (name, value) in environment {
            if name.isEmpty || name.withBytes({ $0.contains { $0 == 0 || $0 == UInt8(ascii: "=") } }) {
                throw ClusterRunnerError(
                    .invalidArgument,
                    "\(quoted(name.escaped)) is no name for an environment variable: "
                        + "it must not be empty or contain \"=\" or a NUL byte."
                )
            }
            try refuseNUL(in: value, "the environment variable \"\(name)\"")
        }
        try refuseNUL(in: script, "the command")
        try refuseNUL(in: directory, "the directory of the command")
        switch output {
        case .combined(let path): try refuseNUL(in: path, "the output path of the command")
        case .separate(let output, let error):
            try refuseNUL(in: output, "the output path of the command")
            try refuseNUL(in: error, "the error output path of the command")
        }
    }

    private func refuseNUL(in text: String, _ what: @autoclosure () -> String) throws {
        try refuseNUL(in: ByteString(text), what())
    }

    private func refuseNUL(in text: ByteString, _ what: @autoclosure () -> String) throws {
        guard text.withBytes({ $0.contains(0) }) else { return }
        throw ClusterRunnerError(
            .invalidArgument,
            "A NUL byte is in \(what()): \(quoted(text.escaped)). Programs would see only what stands before it; remove it."
        )
    }

    /// Quotes the start of a text, with its NUL bytes made visible.
    private func quoted(_ text: String) -> String {
        let start = String(text.prefix(80)).split(separator: "\0", omittingEmptySubsequences: false)
        return "\"\(start.joined(separator: "\\0"))\(text.count > 80 ? "..." : "")\""
    }

    /// Finds the reason why the system refused to start the command.
    ///
    /// Called after a failure only, so that successful starts do not pay for it.
    func startFailure(_ number: Int32, shell: Shell, _ user: JobUser? = nil) -> ClusterRunnerError {
        if number == E2BIG { return ClusterRunnerError(.tooLarge, "Cannot start a command: \(sizeFault).") }
        if let fault = directoryFault(user) {
            return ClusterRunnerError(.failed, "Cannot run a command in \"\(directory)\": \(clause: fault).")
        }
        return ClusterRunnerError(.failed, "Cannot start the shell \"\(shell.path)\": \(systemMessage(number)).")
    }

    private func directoryFault(_ user: JobUser?) -> String? {
        guard let user else { return directoryFault }
        guard let fault = try? user.act({ entranceFault }) else { return directoryFault }
        return "the job_user \(user.name) may not enter it: \(fault)"
    }

    /// The reason why this thread may not enter the directory; `access` would check the user of the process.
    private var entranceFault: String? {
        FileStatus(path: directory.appending(".")) != nil ? nil : systemMessage(errno)
    }

    private var directoryFault: String? {
        guard let status = FileStatus(path: directory) else {
            return errno == ENOENT ? "there is no such directory" : systemMessage(errno)
        }
        guard status.kind == .directory else { return "it is not a directory" }
        return access(directory.cString, X_OK) == 0 ? nil : "this user may not enter it"
    }

    private var sizeFault: String {
        let sizes = environment.map { (name: $0.key, bytes: $0.key.count + $0.value.count + 2) }
        let total = sizes.reduce(0) { $0 + $1.bytes }
        guard script.utf8.count < Self.stringLimit else {
            return "its text has \(script.utf8.count) bytes, and may have at most 128 KiB. Move it into a script file"
        }
        guard let largest = sizes.max(by: { ($0.bytes, $1.name) < ($1.bytes, $0.name) }) else {
            return systemMessage(E2BIG)
        }
        let rule = "a single variable may have at most 128 KiB"
        return largest.bytes > Self.stringLimit
            ? "the environment variable \"\(largest.name)\" has \(largest.bytes) bytes, and \(rule)"
            : "its environment has \(total) bytes, which is more than the system takes; \(rule), "
                + "and the largest is \"\(largest.name)\" with \(largest.bytes) bytes"
    }
}
