package import ClusterRunnerDomain
package import ClusterRunnerPlugin

/// The form of an atom's attempts in answers.
package enum AttemptRepresentation {
    /// Lists all attempts of an atom, oldest first, including the one that counts.
    package static func list(_ atom: AtomRecord, earlier: [AttemptRecord]) -> JSONValue {
        let name = "artifact_\(atom.subjobID)_\(atom.id)"
        var runs = earlier.map { object($0, directory: "\(name)/attempt_\($0.number)") }
        if let result = atom.result {
            let last = AttemptRecord(
                buildID: atom.buildID,
                subjobID: atom.subjobID,
                atomID: atom.id,
                number: max(atom.runs, (earlier.last?.number ?? 0) + 1),
                result: result,
                slaveID: atom.slaveID,
                executor: atom.executor,
                startedAt: atom.startedAt
            )
            runs.append(object(last, directory: name, counts: true))
        }
        return .array(runs)
    }

    private static func object(_ run: AttemptRecord, directory: String, counts: Bool = false) -> JSONValue {
        [
            "attempt": .integer(run.number),
            "counts": .bool(counts),
            "exit_code": run.isObstructed ? .null : .integer(run.result.exitCode),
            "cause": run.result.cause.map(JSONValue.string) ?? .null,
            "could_not_run": .bool(run.isObstructed),
            "actual_time": .number(run.result.seconds),
            "slave_id": run.slaveID.map(JSONValue.integer) ?? .null,
            "executor": run.executor.map(JSONValue.integer) ?? .null,
            "started_at": run.startedAt.map(JSONValue.number) ?? .null,
            "artifacts": .string(directory),
        ]
    }
}
