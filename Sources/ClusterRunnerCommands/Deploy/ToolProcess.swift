import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// A program of this machine that works for a command, such as ssh, in the command's own terminal.
struct ToolProcess: Sendable {
    /// The program, which is looked up on the PATH, and its arguments.
    let words: [String]

    /// The inputs of a program.
    enum Input: Sendable {
        case nothing
        /// A file.
        case file(String)
        /// A short text, which must fit into a pipe.
        case text([UInt8])
    }

    /// The end of a program, with what it printed.
    struct End: Sendable, Equatable {
        /// The exit code; 128 and more is a signal's number.
        let code: Int32
        let output: String
        let error: String
    }

    /// The size of a pipe, which every Linux has.
    static let mostText = 64 << 10

    /// Runs the program to its end; it is ended when the surrounding task is canceled and after a limit.
    ///
    /// - Throws: `late` after the limit; ``ClusterRunnerError`` when the program cannot be started.
    func run(_ input: Input = .nothing, within limit: Duration, orThrow late: ClusterRunnerError) async throws -> End {
        let (output, error) = (try Pipe(), try Pipe())
        let life = Life(try start(try open(input), output.writer, error.writer))
        output.closeWriter()
        error.closeWriter()
        do {
            return try await blocking(within: limit, orThrow: late) { _ in
                let texts = try Self.read(output, error)
                return End(code: life.reap(), output: texts.0, error: texts.1)
            }
        } catch let fault {
            life.end()
            throw fault
        }
    }

    private func open(_ input: Input) throws -> OpenFile {
        switch input {
        case .nothing, .file:
            let path = if case .file(let path) = input { path } else { "/dev/null" }
            return try attempting("\(path) cannot be read", code: .failed) { try OpenFile(path, O_RDONLY) }
        case .text(let bytes):
            guard bytes.count <= Self.mostText else {
                throw ClusterRunnerError(.invalidArgument, "The configuration file has more than 64 KiB.")
            }
            let pipe = try Pipe()
            let writer = OpenFile(owning: pipe.takeWriter())
            try attempting("A pipe cannot be written", code: .failed) { try writer.writeAll(bytes) }
            return OpenFile(owning: pipe.takeReader())
        }
    }

    private func start(_ input: consuming OpenFile, _ output: Int32, _ error: Int32) throws -> pid_t {
        let descriptors = [input.descriptor, output, error]
        let (status, id) = ProgramStart(words: words, descriptors: descriptors).start()
        guard status == 0 else {
            let advice = status == ENOENT ? " Install it, such as with the package openssh-client." : ""
            let reason = status == ENOENT ? "is not on the PATH" : "cannot be started: \(systemMessage(status))"
            throw ClusterRunnerError(.failed, "The program \(words[0]) \(reason).\(advice)")
        }
        return id
    }

    /// Reads two pipes to their ends.
    private static func read(_ output: Pipe, _ error: Pipe) throws -> (String, String) {
        var texts: [[UInt8]] = [[], []]
        var polls = [output, error].map { pollfd(fd: $0.reader, events: Int16(POLLIN), revents: 0) }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while polls.contains(where: { $0.fd >= 0 }) {
            try retryingInterrupts { poll(&polls, 2, -1) }
            for index in polls.indices where polls[index].revents != 0 {
                let count = try retryingInterrupts { Glibc.read(polls[index].fd, &buffer, buffer.count) }
                if count == 0 { polls[index].fd = -1 }
                // A program that prints without end must not fill the memory.
                if texts[index].count < Self.mostOutput { texts[index] += buffer.prefix(count) }
            }
        }
        return (String(decoding: texts[0], as: UTF8.self), String(decoding: texts[1], as: UTF8.self))
    }

    private static let mostOutput = 1 << 20
}

extension ToolProcess {
    /// Returns the last line of an output as a sentence, without the name of this program; nil without a line.
    static func lastLine(of output: String) -> String? {
        guard let last = output.split(whereSeparator: \.isNewline).last else { return nil }
        let prefix = "clusterrunner: "
        return String(last.hasPrefix(prefix) ? last.dropFirst(prefix.count) : last).asSentence
    }
}

/// A pipe whose ends are closed with it, unless they were taken.
///
/// It is a pair of sockets, which can be closed on exec from the beginning without an extension of glibc.
final class Pipe: Sendable {
    private let ends: Lock<(reader: Int32, writer: Int32)>

    /// Creates a pipe that no other program inherits.
    init() throws {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        _ = try attempting("A pipe cannot be made", code: .failed) {
            try retryingInterrupts { socketpair(AF_UNIX, kind, 0, &ends) }
        }
        self.ends = Lock((ends[0], ends[1]))
    }

    deinit {
        let (reader, writer) = ends.withLock { $0 }
        for end in [reader, writer] where end >= 0 { close(end) }
    }

    /// The descriptor for reading.
    var reader: Int32 { ends.withLock(\.reader) }
    /// The descriptor for writing.
    var writer: Int32 { ends.withLock(\.writer) }

    /// Gives up the descriptor for reading.
    func takeReader() -> Int32 {
        ends.withLock { ends in
            defer { ends.reader = -1 }
            return ends.reader
        }
    }

    /// Gives up the descriptor for writing.
    func takeWriter() -> Int32 {
        ends.withLock { ends in
            defer { ends.writer = -1 }
            return ends.writer
        }
    }

    /// Closes the descriptor for writing, so that the reader sees the end of its other holders.
    func closeWriter() { close(takeWriter()) }
}

/// A started program, which is signaled only as long as its id is its own.
final class Life: Sendable {
    private let id: pid_t
    private let isOver = Lock(false)

    /// Takes over a started program.
    init(_ id: pid_t) { self.id = id }

    /// Waits for the end, and returns the exit code.
    func reap() -> Int32 {
        var information = siginfo_t()
        // Without taking the status, so that the id stays the program's until the lock is held.
        while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return isOver.withLock { isOver in
            isOver = true
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7F
            return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
        }
    }

    /// Asks the program to end.
    func end() { isOver.withLock { if !$0 { kill(id, SIGTERM) } } }
}
