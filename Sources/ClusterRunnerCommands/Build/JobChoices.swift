import ArgumentParser
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// The options of a build about what it runs of its job, and how.
struct JobChoices: ParsableArguments {
    @Option(
        name: .customLong("atom"),
        parsing: .unconditionalSingleValue,
        help: "Run this atom only, by its value; may be given several times."
    )
    var atoms: [String] = []

    @Option(
        name: .customLong("only"),
        parsing: .unconditionalSingleValue,
        help: "Run the atoms whose value matches, such as 'tests/*_ui'; may be given several times."
    )
    var patterns: [String] = []

    @Flag(help: "Run the atoms that failed when they ran last.")
    var failed = false

    @Option(help: "The number of retries of a failed atom, whatever the job says.")
    var retries: Int?

    @Flag(help: "End the build at the first failure, whatever the job says.")
    var failFast = false

    @Option(help: ArgumentHelp("The time limit of an atom, whatever the job says.", valueName: "seconds"))
    var timeout: Double?

    @Option(
        name: .customLong("repeat"),
        help: ArgumentHelp("Run each atom this often, to find flaky ones.", valueName: "times")
    )
    var repetitions: Int?

    func validate() throws {
        if let retries, !(0...Int(Int32.max)).contains(retries) {
            throw ValidationError("--retries \(retries): it must be 0 or more.")
        }
        if let timeout, !(timeout > 0 && timeout <= Double(Int32.max)) {
            throw ValidationError("--timeout \(timeout): it must be a positive number of seconds.")
        }
        if let repetitions, !(1...JobOverrides.mostRepetitions).contains(repetitions) {
            throw ValidationError("--repeat \(repetitions): it must be 1 to \(JobOverrides.mostRepetitions).")
        }
        if atoms.contains("") { throw ValidationError("--atom needs the value of an atom.") }
        if patterns.contains("") { throw ValidationError("--only needs a pattern.") }
    }

    /// Whether the word after an option is its value even if it begins with a dash.
    static func takesAnyValue(_ option: String) -> Bool { ["--atom", "--only"].contains(option) }

    /// The names of the request's parameters that these options set.
    static let parameters: Set<String> = ["atoms_filter", "only_failed", "job_overrides"]

    /// Adds the choices to a request.
    func add(to request: inout BuildRequestArguments) throws {
        for pattern in patterns { try ArgumentBytes.requireText(pattern, of: "--only") }
        let exact = atoms.map { GlobPattern.escaping(ArgumentBytes.bytes(of: $0).escaped) }
        let filter = (exact + patterns).map(JSONValue.string)
        if !filter.isEmpty {
            request.fields["atoms_filter"] = .array((request.fields["atoms_filter"]?.array ?? []) + filter)
        }
        if failed { request.fields["only_failed"] = true }
        var overrides = try request.fields["job_overrides"].map { try JobOverrides($0) } ?? JobOverrides()
        overrides.retries = retries ?? overrides.retries
        overrides.timeout = timeout ?? overrides.timeout
        overrides.repetitions = repetitions ?? overrides.repetitions
        if failFast { overrides.failFast = true }
        if let json = overrides.json { request.fields["job_overrides"] = json }
    }
}
