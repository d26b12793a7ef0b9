import Foundation

/// A started process: its id and the descriptor of its output.
///
/// Foundation's `Process` lets children that start at the same time inherit each other's pipes, so that the end of one
/// is seen only after the others have ended. Here everything is closed on exec from the beginning.
struct ChildProcess {
    let id: pid_t
    private let output: Int32

    /// Starts a program in a directory, with no standard input, and both outputs in one stream.
    ///
    /// It gets each of `descriptors` under the number of its key.
    init(
        _ executable: String,
        _ arguments: [String],
        in directory: String,
        environment: [String: String],
        descriptors: [Int32: Int32] = [:]
    ) throws {
        // Unlike a pipe, a pair of sockets can be closed on exec from the beginning without an extension of glibc.
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        try Self.check(socketpair(AF_UNIX, kind, 0, &ends) == 0 ? 0 : errno, "socketpair")
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
        for (number, descriptor) in descriptors { posix_spawn_file_actions_adddup2(&actions, descriptor, number) }
        let command = Self.entrance + [directory, executable] + arguments
        id = try Self.spawn(command, &actions, environment, endOnFailure: ends[0])
        output = ends[0]
    }

    /// Starts a program in a directory and in a terminal, in the foreground of that terminal.
    init(
        _ executable: String,
        _ arguments: [String],
        in directory: String,
        environment: [String: String],
        terminal: PseudoTerminal
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, terminal.path, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO)
        let command = Self.entrance + [directory, "setsid", "--ctty", executable] + arguments
        id = try Self.spawn(command, &actions, environment, endOnFailure: terminal.descriptor)
        output = terminal.descriptor
    }

    private static let entrance = ["sh", "-c", #"cd "$1" && shift && exec "$@""#, "sh"]

    private static func spawn(
        _ command: [String],
        _ actions: inout posix_spawn_file_actions_t,
        _ environment: [String: String],
        endOnFailure: Int32
    ) throws -> pid_t {
        var attributes = ordinarySignals()
        defer { posix_spawnattr_destroy(&attributes) }
        let variables = environment.map { "\($0)=\($1)" }
        var id: pid_t = 0
        let status = withStrings(command) { command in
            withStrings(variables) { posix_spawn(&id, "/bin/sh", &actions, &attributes, command, $0) }
        }
        if status != 0 { close(endOnFailure) }
        try check(status, command.joined(separator: " "))
        return id
    }

    /// Reports the output and the exit code from separate threads, as they come.
    ///
    /// - Parameters:
    ///   - onOutput: gets each piece of the output; nil at the end.
    ///   - onExit: gets the exit code; 128 and more is a signal's number.
    func observe(onOutput: @escaping @Sendable (Data?) -> Void, onExit: @escaping @Sendable (Int32) -> Void) {
        let (id, output) = (id, output)
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = read(output, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                onOutput(Data(buffer.prefix(count)))
            }
            close(output)
            onOutput(nil)
        }
        Thread.detachNewThread {
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7F
            onExit(signal == 0 ? (status >> 8) & 0xFF : 128 + signal)
        }
    }

    /// Makes attributes without blocked and ignored signals, whatever the state of the starting thread.
    private static func ordinarySignals() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        return attributes
    }

    private static func withStrings<Result>(
        _ strings: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = strings.map { strdup($0) }
        defer { pointers.forEach { free($0) } }
        return body(pointers + [nil])
    }

    private static func check(_ status: Int32, _ what: String) throws {
        guard status != 0 else { return }
        throw ProgramFailure("\(what): \(String(cString: strerror(status)))")
    }
}
