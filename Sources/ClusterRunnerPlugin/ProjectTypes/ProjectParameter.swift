/// A parameter of a project type, declared once.
///
/// The declaration feeds the validation of `POST /v1/build`, the options of `clusterrunner build TYPE`, their help, and
/// `GET /v1/project_types`.
public struct ProjectParameter: Sendable, Equatable {
    /// The key in a build request, in snake case; the option of the command line has dashes instead.
    public let name: String
    /// One sentence for help screens, without the default.
    public let help: String
    /// The kind of its values.
    public let kind: Kind
    /// Whether a request without the parameter is refused.
    public let isRequired: Bool
    /// The value in a request that omits the parameter; nil means no value.
    public let defaultValue: JSONValue?

    /// The kind of values that a parameter takes.
    public enum Kind: String, Sendable, Equatable {
        /// A string.
        case string
        /// A string, or `{"base64": "..."}` with the bytes of a path that is not UTF-8.
        case path = "path"
        /// A map of string to string; a file name that is not UTF-8 may be `{"base64": "..."}`.
        case stringMap = "map of strings"
        /// A list of strings.
        case stringList = "list of strings"
        /// A path of the machine of `clusterrunner build`, which makes it absolute; otherwise like ``path``.
        case localPath = "local path"
        /// True or false; an option without a value on the command line.
        case flag
        /// An inline job: a map with the keys of a job in `clusterrunner.yaml`, or the YAML text of one.
        case job
    }

    /// Declares a parameter.
    public init(
        _ name: String,
        kind: Kind = .string,
        required: Bool = false,
        default defaultValue: JSONValue? = nil,
        help: String
    ) {
        self.name = name
        self.kind = kind
        self.isRequired = required
        self.defaultValue = defaultValue
        self.help = help
    }
}

extension ProjectParameter {
    /// Declares the job's name, a parameter of every type; types differ in whether it is required.
    public static func jobName(required: Bool) -> Self {
        Self("job_name", required: required, help: "The job of clusterrunner.yaml to run.")
    }

    /// The names that no parameter may have, because they are options of every build on the command line.
    package static let reservedNames: Set<String> = [
        "atom", "build_key", "cluster", "config_file", "detach", "dry_run", "fail_fast", "failed", "follow_failures",
        "help", "join",
        "json", "local", "master_port", "master_url", "no_join", "num_executors", "only", "quiet", "remote_file",
        "repeat",
        "requester", "results", "results_for", "retries", "slave_wait", "timeout", "type", "upload", "verbose",
        "version", "wait_for_slaves",
    ]

    /// The parameters of every project type, in addition to ``jobName(required:)``.
    package static let common: [Self] = [
        Self("config", kind: .job, help: "An inline job, used instead of the project's clusterrunner.yaml."),
        Self("remote_files", kind: .stringMap, help: "Files to download into the workspace: URI to file name."),
        Self("atoms_override", kind: .stringList, help: "Atoms to run instead of what the atomizers list."),
        Self("atoms_filter", kind: .stringList, help: "Patterns of the values of the listed atoms that are run."),
        Self("only_failed", kind: .flag, help: "Run the listed atoms that failed when they ran last."),
        Self("job_overrides", kind: .job, help: "Keys of the job for this build: retries, fail_fast, timeout, repeat."),
    ]
}
