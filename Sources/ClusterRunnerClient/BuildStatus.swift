package import ClusterRunnerDomain
package import ClusterRunnerPlugin

/// A build as a client reads it.
package struct BuildStatus: Sendable, Equatable {
    /// The build's number.
    package let id: Int
    /// Where it stands.
    package let state: BuildState
    /// How it ended.
    package let result: BuildResult?
    /// How far it is, in words.
    package let details: String?
    /// Why it is in error.
    package let errorMessage: String?
    /// Sentences about the project that people must know.
    package let notes: [String]
    /// The job.
    package let jobName: String?
    /// The project type.
    package let type: String?
    /// How many atoms it has.
    package let atoms: Int?
    /// How many subjobs it has.
    package let subjobs: Int?
    /// How far it is, in numbers.
    package let progress: BuildProgressReport
    /// What it waits for, in words.
    package let waitingFor: String?
    /// When it entered each state, in seconds since 1970.
    package let timestamps: [BuildState: Double]
    /// The atoms that failed, once it has ended.
    package let failedAtoms: [ReportedAtom]
    /// The atoms that passed only after they had failed, once it has ended.
    package let flakyAtoms: [ReportedAtom]

    /// Reads a `build` object of an answer.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` when it is none.
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

/// How far a build is, in numbers, as the API tells it.
package struct BuildProgressReport: Sendable, Equatable {
    /// How many atoms the build has; nil until they were listed.
    package let atoms: Int?
    /// How many have their final result.
    package let done: Int
    /// How many of those failed.
    package let failed: Int
    /// How many passed only after they had failed.
    package let flaky: Int
    /// How many were given up before they began.
    package let neverRan: Int
    /// How many run now; nil when nobody can tell.
    package let running: Int?
    /// In how many seconds the build should end; nil when nobody can tell.
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

/// An atom as a client reads it.
package struct ReportedAtom: Sendable, Equatable {
    /// The subjob.
    package let subjob: Int
    /// Its number in the subjob.
    package let id: Int
    /// The variable and its value.
    package let command: String
    /// Where it stands.
    package let state: AtomState?
    /// The exit code.
    package let exitCode: Int?
    /// Why it failed, where that is not the exit code.
    package let cause: String?
    /// How long it ran, in seconds.
    package let seconds: Double?
    /// How often it was run to an end.
    package let attempts: Int
    /// Its runs, oldest first, where the answer lists them.
    package let runs: [Run]

    /// A run of an atom.
    package struct Run: Sendable, Equatable {
        /// Its number, from 1 on.
        package let attempt: Int
        /// Its exit code; nil if it could not be run.
        package let exitCode: Int?
        /// Why it failed, where that is not the exit code.
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

    /// Whether it has its final result, and that is a failure.
    package var hasFailed: Bool { state == .completed && (cause != nil || exitCode != 0) }
}
