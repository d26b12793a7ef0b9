import ClusterRunnerDomain
import Foundation
import Testing

/// The independent record of the jobs' commands: a named pipe that the test reads.
final class Ledger: Sendable {
    /// One run of an atom.
    struct Run: Sendable {
        let build: BuildID
        let atom: String
        let id: String
        let subjob: SubjobID
        /// The atom's number in the subjob.
        let position: AtomIndex
        /// The port of the relay of the slave that ran it.
        let relay: Int
        let start: Double
        var end: Double?
        var exitCode: Int?
    }

    /// The beginning or the end of a slave's work for a build.
    struct Turn: Sendable {
        let build: BuildID
        let relay: Int
        let time: Double
        let isSetup: Bool
    }

    /// The records.
    struct Contents: Sendable {
        /// All runs, in the order in which they began.
        var runs: [Run] = []
        private var places: [String: Int] = [:]
        /// The number of ended runs.
        var ended = 0
        /// The times of slaves' set-ups and teardowns.
        var turns: [Turn] = []
        /// The number of begins and ends of runs.
        var moves: Int { runs.count + ended }
        /// Invalid lines.
        var faults: [String] = []

        /// Returns the run with an id.
        func run(_ id: String) -> Run? { places[id].map { runs[$0] } }

        mutating func add(_ line: String) {
            let words = line.split(separator: " ").map(String.init)
            switch words.first {
            case "start" where words.count == 8: start(words)
            case "end" where words.count == 4: end(words, line)
            case "setup" where words.count == 4, "teardown" where words.count == 4: turn(words)
            default: faults.append(line)
            }
        }

        private mutating func start(_ words: [String]) {
            guard let build = BuildID(words[1]), let subjob = SubjobID(words[4]), let position = AtomIndex(words[5]),
                let relay = Self.port(words[6]), let time = Double(words[7]),
                places.updateValue(runs.count, forKey: words[3]) == nil
            else { return faults.append(words.joined(separator: " ")) }
            runs.append(
                Run(
                    build: build,
                    atom: words[2],
                    id: words[3],
                    subjob: subjob,
                    position: position,
                    relay: relay,
                    start: time
                )
            )
        }

        private mutating func turn(_ words: [String]) {
            guard let build = BuildID(words[1]), let relay = Self.port(words[2]), let time = Double(words[3]) else {
                return faults.append(words.joined(separator: " "))
            }
            turns.append(Turn(build: build, relay: relay, time: time, isSetup: words[0] == "setup"))
        }

        private static func port(_ address: String) -> Int? { address.split(separator: ":").last.flatMap { Int($0) } }

        private mutating func end(_ words: [String], _ line: String) {
            guard let place = places[words[1]], runs[place].end == nil, let code = Int(words[2]),
                let time = Double(words[3])
            else { return faults.append("Ended twice, or never begun: \(line)") }
            runs[place].end = time
            runs[place].exitCode = code
            ended += 1
        }
    }

    /// The path that jobs write to.
    let path: String
    private let contents = Watched(Contents())

    /// Opens a ledger.
    init(_ path: String) throws {
        self.path = try NamedPipe(path).path
        // Opened for writing as well: a pipe without writers has an end.
        let pipe = open(path, O_RDWR | O_CLOEXEC)
        try #require(pipe >= 0, "\(path): \(String(cString: strerror(errno)))")
        Thread.detachNewThread { [contents] in
            defer { Glibc.close(pipe) }
            var rest = ""
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = read(pipe, &buffer, buffer.count)
                guard count > 0 else { break }
                rest += String(decoding: buffer.prefix(count), as: UTF8.self)
                var lines = rest.components(separatedBy: "\n")
                rest = lines.removeLast()
                if lines.contains("close") { break }
                contents.update { contents in lines.forEach { contents.add($0) } }
            }
        }
    }

    /// The current records.
    var now: Contents { contents.value }

    /// Waits for a record.
    func first<Result: Sendable>(_ select: @escaping @Sendable (Contents) -> Result?) async throws -> Result {
        try await contents.first(select)
    }

    /// Ends the reader.
    func close() async throws { try await NamedPipe.writeLine("close", to: path) }
}
