public import ClusterRunnerCore

/// A build as a client reads it.
public struct BuildStatus: Sendable, Equatable {
    /// The build's number.
    public let id: Int
    /// Where it stands.
    public let state: BuildState
    /// How it ended.
    public let result: BuildResult?
    /// How far it is, in words.
    public let details: String?
    /// Why it is in error.
    public let errorMessage: String?
    /// How many atoms it has.
    public let atoms: Int?
    /// How many subjobs it has.
    public let subjobs: Int?
    /// The atoms that failed, once it has ended.
    public let failedAtoms: [FailedAtom]

    /// An atom that failed.
    public struct FailedAtom: Sendable, Equatable {
        /// The subjob.
        public let subjob: Int
        /// Its number in the subjob.
        public let id: Int
        /// The variable and its value.
        public let command: String
        /// The exit code.
        public let exitCode: Int?
        /// Why it failed, where that is not the exit code.
        public let cause: String?
    }

    /// Reads the `build` object of an answer.
    init(_ members: [String: JSONValue]) throws {
        guard let id = members["id"]?.integer,
            let state = (members["state"] ?? members["status"])?.string.flatMap(BuildState.init(rawValue:))
        else { throw ClusterRunnerError(.failed, "The master's answer is no build of this version's API.") }
        self.id = id
        self.state = state
        result = members["result"]?.string.flatMap(BuildResult.init(rawValue:))
        details = members["details"]?.string
        errorMessage = members["error_message"]?.string
        atoms = members["num_atoms"]?.integer
        subjobs = members["num_subjobs"]?.integer
        failedAtoms = (members["failed_atoms"]?.array ?? []).compactMap(\.object).map { atom in
            FailedAtom(
                subjob: atom["subjob_id"]?.integer ?? 0,
                id: atom["id"]?.integer ?? 0,
                command: atom["command_string"]?.string ?? "",
                exitCode: atom["exit_code"]?.integer,
                cause: atom["cause"]?.string
            )
        }
    }
}
