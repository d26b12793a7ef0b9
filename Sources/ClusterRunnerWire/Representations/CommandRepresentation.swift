package import ClusterRunnerDomain

/// A command of a build that is no atom, as answers show it.
package struct CommandRepresentation: Codable, Sendable, Equatable {
    /// Its purpose.
    package let kind: CommandRun.Kind
    /// The slave.
    package let slaveID: SlaveID?
    /// The slave's address.
    package let slaveURL: String?
    /// The shell's text.
    package let command: String
    /// The exit code; nil while it runs, and if it could not be run.
    package let exitCode: Int?
    /// The last bytes of its output, as text.
    package let output: String
    /// The time at which it began, in seconds since 1970.
    package let startedAt: Double
    /// The seconds that it took, or has taken so far.
    package let seconds: Double
    /// Whether it runs.
    package let isRunning: Bool

    private enum CodingKeys: String, CodingKey {
        case command
        case exitCode = "exit_code"
        case isRunning = "is_running"
        case kind, output, seconds
        case slaveID = "slave_id"
        case slaveURL = "slave_url"
        case startedAt = "started_at"
    }

    /// Shows a command that runs.
    init(_ running: RunningCommand, now: Double) {
        kind = running.kind
        slaveID = running.slaveID
        slaveURL = running.slaveURL
        command = running.command
        exitCode = nil
        output = CommandRun.text(of: running.tail)
        startedAt = running.startedAt
        seconds = max(0, ((now - running.startedAt) * 1000).rounded() / 1000)
        isRunning = true
    }

    /// Shows a command that has ended.
    init(_ record: CommandRecord) {
        kind = record.run.kind
        slaveID = record.slaveID
        slaveURL = record.slaveURL
        command = record.run.command
        exitCode = record.run.exitCode
        output = record.run.output
        startedAt = record.startedAt
        seconds = record.run.seconds
        isRunning = false
    }
}

/// All atomizers of a build as one command: they run one after the other, and the first that fails is the last.
package struct AtomizerRepresentation: Codable, Sendable, Equatable {
    /// The shell's texts.
    package let command: String
    /// The exit code of the last one; nil if it could not be run.
    package let exitCode: Int?
    /// The last bytes of their outputs, as text.
    package let output: String
    /// The time at which the first one began, in seconds since 1970.
    package let startedAt: Double
    /// The seconds that they took.
    package let seconds: Double

    private enum CodingKeys: String, CodingKey {
        case command
        case exitCode = "exit_code"
        case output, seconds
        case startedAt = "started_at"
    }

    /// Shows the atomizers among the commands of a build; nil when there are none.
    init?(_ records: [CommandRecord]) {
        let atomizers = records.filter { $0.run.kind == .atomizer }
        guard let first = atomizers.first, let last = atomizers.last else { return nil }
        command = atomizers.map(\.run.command).joined(separator: "\n")
        exitCode = last.run.exitCode
        output = atomizers.map(\.run.output).joined()
        startedAt = first.startedAt
        seconds = atomizers.reduce(0) { $0 + $1.run.seconds }
    }
}

/// The commands of a build that are no atoms.
package struct SetupRepresentation: Codable, Sendable, Equatable {
    /// The atomizers; nil until they have run.
    package let atomizer: AtomizerRepresentation?
    /// The set-ups and teardowns of slaves, those that run last.
    package let commands: [CommandRepresentation]

    /// Shows the commands of a build.
    package init(_ records: [CommandRecord], running: [RunningCommand] = [], now: Double) {
        atomizer = AtomizerRepresentation(records)
        let ended = records.filter { $0.run.kind != .atomizer }.map { CommandRepresentation($0) }
        commands = ended + running.map { CommandRepresentation($0, now: now) }
    }
}
