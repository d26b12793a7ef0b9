package import ClusterRunnerDomain
package import ClusterRunnerPlugin

/// A build in an answer of the API.
package struct BuildStatus: Sendable, Equatable {
    /// The build's number.
    package let id: Int
    /// The state.
    package let state: BuildState
    /// The result, once it has ended.
    package let result: BuildResult?
    /// The progress, in words.
    package let details: String?
    /// The error of a build in state ERROR.
    package let errorMessage: String?
    /// Sentences about the project that users must know.
    package let notes: [String]
    /// The job.
    package let jobName: String?
    /// The project type.
    package let type: String?
    /// The number of atoms.
    package let atoms: Int?
    /// The number of subjobs.
    package let subjobs: Int?
    /// The progress, in numbers.
    package let progress: BuildProgressReport
    /// The reason for waiting, in words.
    package let waitingFor: String?
    /// The time of entry into each state, in seconds since 1970.
    package let timestamps: [BuildState: Double]
    /// The failed atoms, once it has ended.
    package let failedAtoms: [ReportedAtom]
    /// The atoms that passed after an earlier failure, once it has ended.
    package let flakyAtoms: [ReportedAtom]

    /// Reads a `build` object of an answer.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` when it is not a build.
    package init(_ members: [String: JSONValue]) throws {
        guard let id = members["id"]?.integer,
            let state = (members["state"] ?? members["status"])?.string.flatMap(BuildState.init(rawValue:))
        else { throw ClusterRunnerError(.failed, "The master's answer is no build of this version's API.") }
        self.id = id
        self.state = state
        result = members["result"]?.string.flatMap(BuildResult.init(rawValue:))
        details = members["details"]?.string
        errorMessage = members["error_message"]?.string
        notes = members["notes"]?.array?.compactMap(\.string) ?? []
        jobName = members["job_name"]?.string
        type = members["request_params"]?.object?["type"]?.string
        atoms = members["num_atoms"]?.integer
        subjobs = members["num_subjobs"]?.integer
        progress = BuildProgressReport(members["progress"]?.object ?? [:])
        waitingFor = members["waiting_for"]?.string
        let times = members["state_timestamps"]?.object ?? [:]
        let pairs = BuildState.allCases.compactMap { state in
            times[state.rawValue.lowercased()]?.seconds.map { (state, $0) }
        }
        timestamps = Dictionary(uniqueKeysWithValues: pairs)
        failedAtoms = (members["failed_atoms"]?.array ?? []).compactMap(\.object).map(ReportedAtom.init)
        flakyAtoms = (members["flaky_atoms"]?.array ?? []).compactMap(\.object).map(ReportedAtom.init)
    }
}

/// The progress of a build in an answer of the API.
package struct BuildProgressReport: Sendable, Equatable {
    /// The number of atoms; nil until they are listed.
    package let atoms: Int?
    /// The atoms with a final result.
    package let done: Int
    /// The failed ones among them.
    package let failed: Int
    /// The ones among them that passed after an earlier failure.
    package let flaky: Int
    /// The atoms that were given up before they began.
    package let neverRan: Int
    /// The running atoms; nil when unknown.
    package let running: Int?
    /// The estimated seconds until the build ends; nil when unknown.
    package let secondsLeft: Double?

    /// Reads a `progress` object.
    package init(_ members: [String: JSONValue]) {
        atoms = members["atoms"]?.integer
        done = members["done"]?.integer ?? 0
        failed = members["failed"]?.integer ?? 0
        flaky = members["flaky"]?.integer ?? 0
        neverRan = members["never_ran"]?.integer ?? 0
        running = members["running"]?.integer
        secondsLeft = members["expected_seconds_left"]?.seconds
    }
}

/// An atom in an answer of the API.
package struct ReportedAtom: Sendable, Equatable {
    /// The subjob.
    package let subjob: Int
    /// Its number in the subjob.
    package let id: Int
    /// The variable and its value.
    package let command: String
    /// The state.
    package let state: AtomState?
    /// The exit code.
    package let exitCode: Int?
    /// The cause of a failure other than the exit code.
    package let cause: String?
    /// The run time in seconds.
    package let seconds: Double?
    /// The number of completed runs.
    package let attempts: Int
    /// Its runs, oldest first, if the answer lists them.
    package let runs: [Run]

    /// A run of an atom.
    package struct Run: Sendable, Equatable {
        /// Its number, from 1.
        package let attempt: Int
        /// Its exit code; nil if it could not be run.
        package let exitCode: Int?
        /// The cause of a failure other than the exit code.
        package let cause: String?

        fileprivate init(_ members: [String: JSONValue]) {
            attempt = members["attempt"]?.integer ?? 0
            exitCode = members["exit_code"]?.integer
            cause = members["cause"]?.string
        }
    }

    /// Reads an `atom` object.
    package init(_ members: [String: JSONValue]) {
        subjob = members["subjob_id"]?.integer ?? 0
        id = members["id"]?.integer ?? 0
        command = members["command_string"]?.string ?? ""
        state = members["state"]?.string.flatMap(AtomState.init(rawValue:))
        exitCode = members["exit_code"]?.integer
        cause = members["cause"]?.string
        seconds = members["actual_time"]?.seconds
        attempts = members["attempts"]?.integer ?? 0
        runs = members["runs"]?.array?.compactMap(\.object).map(Run.init) ?? []
    }

    /// Whether its final result is a failure.
    package var hasFailed: Bool { state == .completed && (cause != nil || exitCode != 0) }
}
