import ClusterRunnerCore
import Glibc

/// Small programs of git and ssh that are asked one question.
///
/// Their names are fixed here in the sources; no part of a build request chooses one.
enum ChildProgram {
    /// Milliseconds that a program may take before it is killed; a helper that asks a server needs a moment.
    private static let limit: Int32 = 30_000
    /// `POSIX_SPAWN_SETSID`, which the Glibc module hides.
    private static let startsSession: Int32 = 0x80

    /// What a program prints when it gets `input`; nil when it cannot be run, fails, or takes too long.
    ///
    /// Blocks. With `isFailureEmpty`, a program that ran and failed has an answer too: what it printed.
    static func output(
        of arguments: [String],
        input: String = "",
        environment: [String: String],
        isFailureEmpty: Bool = false
    ) -> String? {
        guard let name = arguments.first, let child = spawn(name, arguments, environment) else { return nil }
        send(input, to: child.socket)
        let output = receive(from: child.socket)
        close(child.socket)
        // Its session is its group: this also reaches helpers that it left behind.
        if output == nil { kill(-child.pid, SIGKILL) }
        var status: Int32 = 0
        while waitpid(child.pid, &status, 0) < 0, errno == EINTR {}
        guard let output, status == 0 || isFailureEmpty else { return nil }
        return String(decoding: output, as: UTF8.self)
    }

    /// Starts a program whose input and output are the other end of the socket.
    ///
    /// A socket rather than two pipes, because writing to a program that does not read raises no signal on it.
    private static func spawn(
        _ name: String,
        _ arguments: [String],
        _ environment: [String: String]
    ) -> (pid: pid_t, socket: Int32)? {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { return nil }
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A session of its own has no terminal, so nothing can ask on ours. Dispatch's threads block almost all signals,
        // and a program that inherited that could not be asked to end.
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(&attributes, Int16(startsSession | POSIX_SPAWN_SETSIGMASK))
        var pid = pid_t()
        let code = withCStrings(arguments) { arguments in
            withCStrings(environment.map { "\($0)=\($1)" }) { environment in
                posix_spawnp(&pid, name, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else {
            close(ends[0])
            return nil
        }
        return (pid, ends[0])
    }

    private static func send(_ input: String, to socket: Int32) {
        var bytes = Array(input.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            bytes = bytes.dropFirst(count)
        }
        shutdown(socket, Int32(SHUT_WR))
    }

    /// Reads to the end; nil when that does not come in time.
    private static func receive(from socket: Int32) -> [UInt8]? {
        let deadline = ContinuousClock.now + .milliseconds(limit)
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let left = (deadline - .now) / .milliseconds(1)
            var question = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            let ready = poll(&question, 1, Int32(max(0, left)))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return nil }
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { return output }
            output += buffer[..<count]
        }
    }

    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
    }
}
