package import ClusterRunnerJobFile

/// The stored state of an atom.
package struct AtomRecord: Sendable, Equatable {
    /// The build it belongs to.
    package let buildID: BuildID
    /// The subjob it belongs to.
    package let subjobID: SubjobID
    /// Its number in the subjob, from 0.
    package let id: AtomIndex
    /// The variable and its value.
    package let atom: Atom
    /// Its state.
    package var state: AtomState
    /// Expected seconds by history; nil without history.
    package var expectedTime: Double?
    /// Its accepted result; nil before it.
    package var result: AtomResult?
    /// Number of completed runs.
    package var attempts: Int
    /// Number of runs that met an obstacle.
    package var obstructions: Int
    /// The slave that runs or ran it; nil when unknown.
    package var slaveID: SlaveID?
    /// The executor of that slave, from 0.
    package var executor: Int?
    /// The time of its start there, in seconds since 1970 by the master's clock.
    package var startedAt: Double?

    /// Whether it passed after a failure.
    package var isFlaky: Bool { state == .completed && attempts > 1 && result?.isFailure == false }

    /// Creates a record.
    package init(
        buildID: BuildID,
        subjobID: SubjobID,
        id: AtomIndex,
        atom: Atom,
        state: AtomState = .notStarted,
        expectedTime: Double? = nil,
        result: AtomResult? = nil,
        attempts: Int = 0,
        obstructions: Int = 0,
        slaveID: SlaveID? = nil,
        executor: Int? = nil,
        startedAt: Double? = nil
    ) {
        self.buildID = buildID
        self.subjobID = subjobID
        self.id = id
        self.atom = atom
        self.state = state
        self.expectedTime = expectedTime
        self.result = result
        self.attempts = attempts
        self.obstructions = obstructions
        self.slaveID = slaveID
        self.executor = executor
        self.startedAt = startedAt
    }
}

/// The outcome of one run of an atom's command.
package struct AtomResult: Sendable, Equatable, Codable {
    /// The exit code as a shell reports it.
    package var exitCode: Int
    /// The run time in seconds.
    package var seconds: Double
    /// The cause of a failure other than its own exit code: `timeout`, `canceled`, or a sentence.
    package var cause: String?
    /// Its console output if that is small; larger output is in the build's results folder.
    package var console: Console

    /// The place of an atom's console output.
    package enum Console: Sendable, Equatable {
        /// In this record.
        case inline([UInt8])
        /// In the file `clusterrunner_console_output` of the atom's artifact directory.
        case file
    }

    /// Whether the atom left artifacts, so that its artifact directory exists on the master.
    package var hasArtifacts: Bool
    /// Sentences about its artifacts and output: the parts that were left out, and the reason.
    ///
    /// They do not change the result.
    package var notes: [String]
    /// The numbers of its test cases; nil without a report of them.
    package var cases: CaseCounts?

    /// The cause of a failure that only the report of the run names: its command ended with 0.
    package static func disagreement(failed: Int) -> String {
        "\(disagreementStart)\(failed == 1 ? "1 failed test" : "\(failed) failed tests"), the command ended with 0"
    }

    private static let disagreementStart = "the report names "

    /// Whether the tests failed by their report only.
    package var isDisagreement: Bool { cases != nil && cause?.hasPrefix(Self.disagreementStart) == true }

    /// Whether the atom failed: a non-zero exit code, or another cause.
    package var isFailure: Bool { exitCode != 0 || cause != nil }

    /// Creates a result.
    package init(
        exitCode: Int,
        seconds: Double,
        cause: String? = nil,
        console: Console = .inline([]),
        hasArtifacts: Bool = false,
        notes: [String] = [],
        cases: CaseCounts? = nil
    ) {
        self.exitCode = exitCode
        self.seconds = seconds
        self.cause = cause
        self.console = console
        self.hasArtifacts = hasArtifacts
        self.notes = notes
        self.cases = cases
    }
}
