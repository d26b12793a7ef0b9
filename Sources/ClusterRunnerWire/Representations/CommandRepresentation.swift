package import ClusterRunnerDomain
package import ClusterRunnerPlugin

/// The form of a build's commands, except its atoms, in answers.
package enum CommandRepresentation {
    /// Represents the commands of a build: `atomizer`, which is null before its run, and the `commands` of slaves,
    /// running ones last.
    package static func members(
        _ records: [CommandRecord],
        running: [RunningCommand] = [],
        now: Double
    ) -> [String: JSONValue] {
        let onSlaves = records.filter { $0.run.kind != .atomizer }.map(object)
        return [
            "atomizer": atomizer(records), "commands": .array(onSlaves + running.map { object($0, now: now) }),
        ]
    }

    /// Represents a running command as a JSON object.
    private static func object(_ command: RunningCommand, now: Double) -> JSONValue {
        [
            "kind": .string(command.kind.rawValue),
            "slave_id": .integer(command.slaveID),
            "slave_url": .string(command.slaveURL),
            "command": .string(command.command),
            "exit_code": .null,
            "output": .string(CommandRun.text(of: command.tail)),
            "started_at": .number(command.startedAt),
            "seconds": .number(max(0, ((now - command.startedAt) * 1000).rounded() / 1000)),
            "is_running": true,
        ]
    }

    /// Represents one command of a slave as a JSON object.
    private static func object(_ record: CommandRecord) -> JSONValue {
        [
            "kind": .string(record.run.kind.rawValue),
            "slave_id": record.slaveID.map(JSONValue.integer) ?? .null,
            "slave_url": record.slaveURL.map(JSONValue.string) ?? .null,
            "command": .string(record.run.command),
            "exit_code": record.run.exitCode.map(JSONValue.integer) ?? .null,
            "output": .string(record.run.output),
            "started_at": .number(record.startedAt),
            "seconds": .number(record.run.seconds),
            "is_running": false,
        ]
    }

    /// Represents all atomizers as one command: they run one after the other, and the first that fails is the last.
    private static func atomizer(_ records: [CommandRecord]) -> JSONValue {
        let atomizers = records.filter { $0.run.kind == .atomizer }
        guard let first = atomizers.first, let last = atomizers.last else { return .null }
        return [
            "command": .string(atomizers.map(\.run.command).joined(separator: "\n")),
            "exit_code": last.run.exitCode.map(JSONValue.integer) ?? .null,
            "output": .string(atomizers.map(\.run.output).joined()),
            "started_at": .number(first.startedAt),
            "seconds": .number(atomizers.reduce(0) { $0 + $1.run.seconds }),
        ]
    }
}
