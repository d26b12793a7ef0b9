import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The start of a program with three descriptors as its standard streams, and ordinary signals.
struct ProgramStart {
    /// The program, which is looked up on the PATH unless it is a path, and its arguments.
    let words: [String]
    /// The standard streams.
    let descriptors: [Int32]
    /// Variables to add to the environment of this process.
    var variables: [String: String] = [:]
    /// Whether it gets a session of its own, so that it outlives this process and its terminal.
    var isDetached = false

    /// Starts it.
    ///
    /// - Returns: 0 and the process id, or the number of the system's error.
    func start() -> (status: Int32, id: pid_t) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
        }
        var attributes = attributes()
        defer { posix_spawnattr_destroy(&attributes) }
        var id: pid_t = 0
        let program = words[0]
        let status = Self.withStrings(words.map(ArgumentBytes.bytes)) { words in
            Self.withStrings(environment) { environment in
                ProgramStarts.during { posix_spawnp(&id, program, &actions, &attributes, words, environment) }
            }
        }
        return (status, id)
    }

    /// `POSIX_SPAWN_SETSID` of spawn.h, which the Swift overlay of glibc lacks.
    private static let ownSession: Int16 = 0x80

    /// This process ignores signals that a program must obey.
    private func attributes() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let session = isDetached ? Self.ownSession : 0
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | session)
        return attributes
    }

    private var environment: [ByteString] {
        let added = variables.map { (ByteString($0), ByteString($1)) }
        return CommandEnvironment.ofProcess().merging(added) { $1 }.map { ByteString($0.bytes + "=".utf8 + $1.bytes) }
    }

    private static func withStrings<Result>(
        _ strings: [ByteString],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { string in
            let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: string.count + 1)
            _ = copy.initialize(from: string.bytes.map(CChar.init(bitPattern:)) + [0])
            return copy
        }
        defer { for copy in copies { copy.deallocate() } }
        return body(copies.map(\.baseAddress) + [nil])
    }
}
