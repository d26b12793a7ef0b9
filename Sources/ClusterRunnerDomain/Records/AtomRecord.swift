package import ClusterRunnerJobFile

/// What is kept of an atom.
package struct AtomRecord: Sendable, Equatable {
    /// The build it belongs to.
    package let buildID: Int
    /// The subjob it belongs to.
    package let subjobID: Int
    /// Its number in the subjob, from 0.
    package let id: Int
    /// The variable and its value.
    package let atom: Atom
    /// Where it stands.
    package var state: AtomState
    /// The seconds it should take by history; nil when it was never seen.
    package var expectedTime: Double?
    /// Its accepted result; nil until there is one.
    package var result: AtomResult?
    /// How often it was run to an end.
    package var attempts: Int
    /// How often it could not be run, for which its command is not to blame.
    package var obstructions: Int
    /// The slave that runs or ran it; nil while that is not known.
    package var slaveID: Int?
    /// Which executor of that slave, from 0.
    package var executor: Int?
    /// When it began there, in seconds since 1970 by the master's clock.
    package var startedAt: Double?

    /// Whether it passed only after it had failed.
    package var isFlaky: Bool { state == .completed && attempts > 1 && result?.isFailure == false }

    /// Creates a record.
    package init(
        buildID: Int,
        subjobID: Int,
        id: Int,
        atom: Atom,
        state: AtomState = .notStarted,
        expectedTime: Double? = nil,
        result: AtomResult? = nil,
        attempts: Int = 0,
        obstructions: Int = 0,
        slaveID: Int? = nil,
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

/// The outcome of running an atom's command once.
package struct AtomResult: Sendable, Equatable, Codable {
    /// The exit code as a shell reports it.
    package var exitCode: Int
    /// The seconds it ran.
    package var seconds: Double
    /// Why it failed, when that is not its own exit code: `timeout`, `canceled`, or a sentence.
    package var cause: String?
    /// Its console output, when that is small; the rest lies in the build's results folder.
    package var console: Console

    /// Where an atom's console output lies.
    package enum Console: Sendable, Equatable {
        /// Here.
        case inline([UInt8])
        /// In the file `clusterrunner_console_output` of the atom's artifact directory.
        case file
    }

    /// Whether the atom left artifacts, so that its artifact directory exists on the master.
    package var hasArtifacts: Bool
    /// Sentences about its artifacts and output: what was left out, and why.
    ///
    /// They do not change the result.
    package var notes: [String]

    /// Whether the atom failed: a non-zero exit code, or a cause that is not its own.
    package var isFailure: Bool { exitCode != 0 || cause != nil }

    /// Creates a result.
    package init(
        exitCode: Int,
        seconds: Double,
        cause: String? = nil,
        console: Console = .inline([]),
        hasArtifacts: Bool = false,
        notes: [String] = []
    ) {
        self.exitCode = exitCode
        self.seconds = seconds
        self.cause = cause
        self.console = console
        self.hasArtifacts = hasArtifacts
        self.notes = notes
    }
}
