/// The keys of a job in `clusterrunner.yaml`.
enum JobKey: String, CaseIterable {
    case commands
    case atomizers
    case setupBuild = "setup_build"
    case teardownBuild = "teardown_build"
    case maxExecutors = "max_executors"
    case maxExecutorsPerSlave = "max_executors_per_slave"
    case timeout
    case setupTimeout = "setup_timeout"
    case teardownTimeout = "teardown_timeout"
    case retries
    case failFast = "fail_fast"
    case speculate
    case batch
    case errexit
    case junit
    case report
    case environment
    case container
    case containerOptions = "container_options"

    /// The kind of value it takes, for an error's "expected".
    var expected: String {
        switch self {
        case .commands, .setupBuild, .teardownBuild: "a list of commands"
        case .atomizers: "a list of maps VARIABLE: command"
        case .maxExecutors, .maxExecutorsPerSlave: "a positive integer"
        case .timeout, .setupTimeout, .teardownTimeout: "a positive number of seconds"
        case .retries: "0 or a positive integer"
        case .failFast, .speculate, .batch, .errexit: "true or false"
        case .junit: "a pattern of files below $ARTIFACT_DIR, such as *.xml or reports/**/TEST-*.xml, or a list of them"
        case .report: "tap"
        case .environment: "a map of variable names to values"
        case .container: "the name of an image, such as docker.io/library/debian:12"
        case .containerOptions: "a list of options of the container engine, one word each"
        }
    }

    /// Whether the value is a number.
    var isNumber: Bool {
        switch self {
        case .maxExecutors, .maxExecutorsPerSlave, .timeout, .setupTimeout, .teardownTimeout, .retries: true
        default: false
        }
    }

    /// The names of all keys.
    static var names: [String] { allCases.map(\.rawValue) }
}
