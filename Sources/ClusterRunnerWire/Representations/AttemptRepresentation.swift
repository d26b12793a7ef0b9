package import ClusterRunnerDomain

/// One run of an atom, as answers show it.
package struct AttemptRepresentation: Codable, Sendable, Equatable {
    /// The run's number, from 1 on.
    package let number: Int
    /// Whether it is the one whose result is the atom's.
    package let counts: Bool
    /// The exit code; nil if the atom could not be run.
    package let exitCode: Int?
    /// The reason of a failure that is not the exit code.
    package let cause: String?
    /// Whether the atom could not be run.
    package let isObstructed: Bool
    /// The seconds that it took.
    package let seconds: Double
    /// The slave.
    package let slaveID: SlaveID?
    /// The executor.
    package let executor: Int?
    /// The time at which it began, in seconds since 1970.
    package let startedAt: Double?
    /// The directory of its results in the archive.
    package let artifacts: String

    private enum CodingKeys: String, CodingKey {
        case seconds = "actual_time"
        case artifacts
        case number = "attempt"
        case cause
        case isObstructed = "could_not_run"
        case counts, executor
        case exitCode = "exit_code"
        case slaveID = "slave_id"
        case startedAt = "started_at"
    }

    private init(_ run: AttemptRecord, directory: String, counts: Bool = false) {
        number = run.number
        self.counts = counts
        exitCode = run.isObstructed ? nil : run.result.exitCode
        cause = run.result.cause
        isObstructed = run.isObstructed
        seconds = run.result.seconds
        slaveID = run.slaveID
        executor = run.executor
        startedAt = run.startedAt
        artifacts = directory
    }

    /// All runs of an atom, oldest first: those that do not count, and the one that does.
    package static func list(_ atom: AtomRecord, earlier: [AttemptRecord]) -> [Self] {
        let name = "artifact_\(atom.subjobID)_\(atom.id)"
        var runs = earlier.map { Self($0, directory: "\(name)/attempt_\($0.number)") }
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
            runs.append(Self(last, directory: name, counts: true))
        }
        return runs
    }
}
