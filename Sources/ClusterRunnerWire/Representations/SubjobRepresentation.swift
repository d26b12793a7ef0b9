package import ClusterRunnerDomain
import ClusterRunnerJobFile
package import ClusterRunnerPlugin

/// The form of subjobs in answers.
package enum SubjobRepresentation {
    /// Represents one subjob as a JSON object; `command` is the job's.
    package static func object(_ subjob: SubjobRecord, atoms: [AtomRecord], command: String) -> JSONValue {
        [
            "id": .integer(subjob.id),
            "command": .string(command),
            "atoms": .array(atoms.map { AtomRepresentation.object($0, in: subjob) }),
            "slave": subjob.slaveURL.map(JSONValue.string) ?? .null,
            "slave_id": subjob.slaveID.map(JSONValue.integer) ?? .null,
            "state": .string(subjob.state.rawValue),
            "attempt": .integer(subjob.attempts),
            "lost_slaves": .array(subjob.lostSlaves.map(JSONValue.string)),
        ]
    }
}

/// The form of atoms in answers.
package enum AtomRepresentation {
    /// Represents one atom as a JSON object; in a subjob that a slave holds, atoms without a result are in progress.
    package static func object(_ atom: AtomRecord, in subjob: SubjobRecord? = nil) -> JSONValue {
        let isRunning = atom.state == .notStarted && subjob?.state == .inProgress
        let object: [String: JSONValue] = [
            "id": .integer(atom.id),
            "subjob_id": .integer(atom.subjobID),
            "command_string": .string(atom.atom.commandString),
            "state": .string((isRunning ? AtomState.inProgress : atom.state).rawValue),
            "exit_code": atom.result.map { .integer($0.exitCode) } ?? .null,
            "expected_time": atom.expectedTime.map(JSONValue.number) ?? .null,
            "actual_time": atom.result.map { .number($0.seconds) } ?? .null,
            "attempts": .integer(atom.attempts),
            "could_not_run": .integer(atom.obstructions),
            "cause": atom.result?.cause.map(JSONValue.string) ?? .null,
            "notes": .array(atom.result?.notes.map(JSONValue.string) ?? []),
            "slave_id": atom.slaveID.map(JSONValue.integer) ?? .null,
            "executor": atom.executor.map(JSONValue.integer) ?? .null,
            "started_at": atom.startedAt.map(JSONValue.number) ?? .null,
        ]
        return withBytes(of: atom.atom, object)
    }

    /// Adds the bytes of an atom's value as `value_base64` if they are not UTF-8, since its text is then an escaped
    /// form.
    static func withBytes(of atom: Atom, _ object: [String: JSONValue]) -> JSONValue {
        guard atom.value.text == nil else { return .object(object) }
        return .object(object.merging(["value_base64": .string(atom.value.base64)]) { $1 })
    }
}
