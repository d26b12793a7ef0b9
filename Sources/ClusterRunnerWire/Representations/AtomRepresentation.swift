package import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// An atom, as answers show it.
package struct AtomRepresentation: Codable, Sendable, Equatable {
    /// The number in its subjob.
    package let id: AtomIndex
    /// The subjob.
    package let subjob: SubjobID
    /// The variable and its value, as a shell reads them.
    package let command: String
    /// The bytes of the value where they are not UTF-8, and its text is an escaped form.
    @Omissible package var valueBase64: String?
    /// The state.
    package let state: AtomState
    /// The exit code; nil without a result.
    package let exitCode: Int?
    /// The reason of a failure that is not the exit code.
    package let cause: String?
    /// The seconds that it should run, by its history.
    package let expectedSeconds: Double?
    /// The seconds that it ran.
    package let seconds: Double?
    /// The number of its runs that came to an end.
    package let attempts: Int
    /// The number of its runs that could not begin, or were lost.
    package let obstructions: Int
    /// Sentences about the run that people must know.
    package let notes: [String]
    /// The slave that ran it.
    package let slaveID: SlaveID?
    /// The executor that ran it.
    package let executor: Int?
    /// The time at which it began, in seconds since 1970.
    package let startedAt: Double?
    /// The number of test cases that it has reported; nil without a report.
    package let cases: Int?
    /// The number of those that failed.
    package let failedCases: Int?
    /// All its runs, oldest first, where one atom was asked for.
    @Omissible package var runs: [AttemptRepresentation]?

    private enum CodingKeys: String, CodingKey {
        case seconds = "actual_time"
        case attempts, cause
        case command = "command_string"
        case obstructions = "could_not_run"
        case executor
        case exitCode = "exit_code"
        case expectedSeconds = "expected_time"
        case failedCases = "failed_cases"
        case id, notes
        case cases = "num_cases"
        case runs
        case slaveID = "slave_id"
        case startedAt = "started_at"
        case state
        case subjob = "subjob_id"
        case valueBase64 = "value_base64"
    }

    /// Shows an atom; within a subjob that a slave holds, atoms without a result are in progress.
    package init(_ record: AtomRecord, in subjob: SubjobRecord? = nil, runs: [AttemptRepresentation]? = nil) {
        id = record.id
        self.subjob = record.subjobID
        command = record.atom.commandString
        _valueBase64 = Omissible(wrappedValue: record.atom.valueBase64)
        state = record.state == .notStarted && subjob?.state == .inProgress ? .inProgress : record.state
        exitCode = record.result?.exitCode
        cause = record.result?.cause
        expectedSeconds = record.expectedTime
        seconds = record.result?.seconds
        attempts = record.attempts
        obstructions = record.obstructions
        notes = record.result?.notes ?? []
        slaveID = record.slaveID
        executor = record.executor
        startedAt = record.startedAt
        cases = record.result?.cases?.total
        failedCases = record.result?.cases?.failed
        _runs = Omissible(wrappedValue: runs)
    }

    /// Whether it has its final result, and that is a failure.
    package var hasFailed: Bool { state == .completed && (cause != nil || exitCode != 0) }
}

extension Atom {
    /// The bytes of the value, unless they are UTF-8.
    var valueBase64: String? { value.text == nil ? value.base64 : nil }
}
