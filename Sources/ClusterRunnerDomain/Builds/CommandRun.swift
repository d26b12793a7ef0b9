/// A command of a build that is no atom, and what came of it.
package struct CommandRun: Sendable, Equatable, Codable {
    /// What kind of command.
    package let kind: Kind
    /// The command; empty when it did not come to that, because there was no project to run it in.
    package let command: String
    /// The exit code as a shell reports it; nil when the command did not run.
    package let exitCode: Int?
    /// The end of what it printed, or why it did not run.
    package let output: String
    /// How many seconds it took.
    package let seconds: Double
    /// How many seconds before this was sent it began; nil when that is said elsewhere.
    package var age: Double?

    /// What kind of command.
    package enum Kind: String, Sendable, Codable {
        /// It lists the atoms of a build, on the master.
        case atomizer
        /// `setup_build`, on a slave.
        case setup
        /// `teardown_build`, on a slave.
        case teardown
    }

    /// How many bytes of an output are kept, the last ones.
    package static let outputLimit = 64 << 10

    private enum CodingKeys: String, CodingKey {
        case kind, command, output, seconds, age
        case exitCode = "exit_code"
    }

    /// Notes a run.
    package init(kind: Kind, command: String, exitCode: Int?, output: String, seconds: Double, age: Double? = nil) {
        self.kind = kind
        self.command = command
        self.exitCode = exitCode
        self.output = output
        self.seconds = seconds
        self.age = age
    }

    /// The end of an output as text, in which bytes that are none are replaced.
    package static func text(of output: some BidirectionalCollection<UInt8>) -> String {
        String(decoding: Array(output.suffix(outputLimit)), as: UTF8.self)
    }
}
