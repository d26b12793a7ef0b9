import CGit2
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// A running program with its descriptors.
final class RunningProgram {
    let pid: pid_t
    /// A descriptor that becomes readable when the program exits.
    let exit: Int32
    /// The output of the program.
    let output: Int32
    let errors: Int32

    /// `POSIX_SPAWN_SETSID`, which the Glibc module hides.
    private static let startsSession: Int32 = 0x80

    /// Starts a program with `input`, which must be short, as its standard input.
    init(
        _ arguments: [ByteString],
        input: String,
        environment: [String: String]
    ) throws(ChildProgram.StartFailure) {
        let inputs = try Line()
        let outputs = try Line()
        let problems = try Line()
        defer { for end in [inputs.reader, outputs.writer, problems.writer] { close(end) } }
        inputs.fill(input)
        let actions = [(inputs.reader, 0), (outputs.writer, 1), (problems.writer, 2)] as [(Int32, Int32)]
        var pid = pid_t()
        var code = ProgramStarts.during { Self.spawn(&pid, arguments, environment, actions) }
        var exit: Int32 = -1
        if code == 0 {
            exit = clusterrunner_git_pidfd_open(pid)
            if exit < 0 {
                code = errno
                kill(-pid, SIGKILL)
                waitpid(pid, nil, 0)
            }
        }
        (self.pid, self.exit) = (pid, exit)
        (output, errors) = (outputs.reader, problems.reader)
        for end in [output, errors] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        guard code == 0 else { throw ChildProgram.StartFailure(code: code) }
    }

    deinit {
        for descriptor in [exit, output, errors] where descriptor >= 0 { close(descriptor) }
    }

    /// Sends a signal to the program and all processes that it started, including helpers that it left behind.
    func signal(_ number: Int32) {
        // Its session is its group; the id cannot be reused before `reap()`.
        kill(-pid, number)
    }

    /// Collects the exit status of the program after its exit.
    func reap() -> ChildProgram.End {
        var status: Int32 = 0
        do {
            try retryingInterrupts { waitpid(pid, &status, 0) }
        } catch {
            // Other code of this process has collected the status, so success cannot be assumed.
            return .exited(255)
        }
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .signaled(signal)
    }

    private static func spawn(
        _ pid: inout pid_t,
        _ arguments: [ByteString],
        _ environment: [String: String],
        _ descriptors: [(Int32, Int32)]
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (from, to) in descriptors { posix_spawn_file_actions_adddup2(&actions, from, to) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Dispatch's threads block almost all signals; a program that inherited that could not be asked to end.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        // It must not inherit either that this process ignores SIGPIPE.
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = startsSession | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        guard let name = arguments.first else { return EINVAL }
        return withCStrings(arguments) { arguments in
            withCStrings(environment.map { ByteString("\($0)=\($1)") }) { environment in
                posix_spawnp(&pid, name.text ?? "", &actions, &attributes, arguments, environment)
            }
        }
    }

    private static func withCStrings<Result>(
        _ strings: [ByteString],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = strings.map { strdup($0.bytes.map { CChar(bitPattern: $0) } + [0]) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
    }
}

/// A pair of connected ends, neither of which a program inherits by accident.
///
/// Sockets rather than a pipe, because writing to one whose reader is gone raises no signal.
struct Line {
    let reader: Int32
    let writer: Int32

    init() throws(ChildProgram.StartFailure) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw ChildProgram.StartFailure(code: errno) }
        (reader, writer) = (ends[0], ends[1])
    }

    /// Writes a text that fits into the buffer of the line, and closes the sending side.
    func fill(_ text: String) {
        send(text)
        close(writer)
    }

    /// Writes a short text.
    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(writer, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }
}
