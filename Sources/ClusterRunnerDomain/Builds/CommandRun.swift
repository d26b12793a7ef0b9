/// The run of a command of a build that is not an atom, with its outcome.
package struct CommandRun: Sendable, Equatable, Codable {
    /// The kind of the command.
    package let kind: Kind
    /// The command; empty when it was not reached, because there was no project to run it in.
    package let command: String
    /// The exit code as a shell reports it; nil when the command did not run.
    package let exitCode: Int?
    /// The end of its output, or the reason why it did not run.
    package let output: String
    /// Its run time in seconds.
    package let seconds: Double
    /// Seconds between its start and the sending of this report; nil when the start is stated elsewhere.
    package var age: Double?

    /// The kind of a command.
    package enum Kind: String, Sendable, Codable {
        /// Lists the atoms of a build, on the master.
        case atomizer
        /// Fetches the project, on the master and on a slave; known only if its programs print something.
        case fetch
        /// Fetches the image of the job's container, on the master and on a slave; known only if the engine prints something.
        case image
        /// `setup_build`, on a slave.
        case setup
        /// `teardown_build`, on a slave.
        case teardown
    }

    /// Maximum size of a kept output in bytes; the last bytes are kept.
    package static let outputLimit = 64 << 10

    private enum CodingKeys: String, CodingKey {
        case kind, command, output, seconds, age
        case exitCode = "exit_code"
    }

    /// Creates a run.
    package init(kind: Kind, command: String, exitCode: Int?, output: String, seconds: Double, age: Double? = nil) {
        self.kind = kind
        self.command = command
        self.exitCode = exitCode
        self.output = output
        self.seconds = seconds
        self.age = age
    }

    /// Decodes the end of an output as text; invalid bytes are replaced.
    package static func text(of output: some BidirectionalCollection<UInt8>) -> String {
        String(decoding: Array(output.suffix(outputLimit)), as: UTF8.self)
    }
}
