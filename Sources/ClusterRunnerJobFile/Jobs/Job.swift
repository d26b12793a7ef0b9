package import ClusterRunnerPlugin

/// One job of a `clusterrunner.yaml`.
package struct Job: Sendable, Equatable, Codable {
    /// The key of the job in the file.
    package var name: String
    /// The script of `commands`, which runs once per atom.
    package var command: String
    /// The commands that list the atoms.
    package var atomizers: [Atomizer]
    /// The script of `setup_build`, run once per slave before the first atom.
    package var setup: String?
    /// The script of `teardown_build`, run once per slave after the last atom.
    package var teardown: String?
    /// Maximum number of executors that the build may use at a time.
    package var maxExecutors: Int?
    /// Maximum number of executors that the build may use on one slave.
    package var maxExecutorsPerSlave: Int?
    /// Time limit of an atom in seconds.
    package var timeout: Double?
    /// Time limit of `setup_build` in seconds; nil leaves it to the configuration of the slave.
    package var setupTimeout: Double?
    /// Time limit of `teardown_build` in seconds; nil leaves it to the configuration of the slave.
    package var teardownTimeout: Double?
    /// Maximum number of retries of a failed atom.
    package var retries: Int
    /// Whether the first final failure ends the build.
    package var failFast: Bool
    /// Whether an atom that runs far longer than its history may be run a second time on an idle slave.
    package var speculate: Bool {
        get { speculation ?? false }
        set { speculation = newValue ? true : nil }
    }
    // nil where it is false, so that jobs stored before this key existed stay readable.
    private var speculation: Bool?
    /// Whether one run of the commands takes several atoms.
    package var batch: Bool {
        get { batching ?? false }
        set { batching = newValue ? true : nil }
    }
    // nil where it is false, for the same reason.
    private var batching: Bool?
    /// Whether the first failing command inside an entry ends the script.
    package var errexit: Bool {
        get { !(goesOnAfterFailures ?? false) }
        set { goesOnAfterFailures = newValue ? nil : true }
    }
    // nil where `errexit` is true, for the same reason.
    private var goesOnAfterFailures: Bool?
    /// The variables for every command of the job.
    package var environment: [String: String]
    /// The container for every command of the job; nil runs them on the machine itself.
    package var container: JobContainer?
    /// The reports of test cases that its commands make; nil without any.
    package var reports: JobReports?

    /// Creates a job.
    package init(
        name: String,
        command: String,
        atomizers: [Atomizer],
        setup: String? = nil,
        teardown: String? = nil,
        maxExecutors: Int? = nil,
        maxExecutorsPerSlave: Int? = nil,
        timeout: Double? = nil,
        setupTimeout: Double? = nil,
        teardownTimeout: Double? = nil,
        retries: Int = 0,
        failFast: Bool = false,
        speculate: Bool = false,
        batch: Bool = false,
        errexit: Bool = true,
        environment: [String: String] = [:],
        container: JobContainer? = nil,
        reports: JobReports? = nil
    ) {
        self.name = name
        self.command = command
        self.atomizers = atomizers
        self.setup = setup
        self.teardown = teardown
        self.maxExecutors = maxExecutors
        self.maxExecutorsPerSlave = maxExecutorsPerSlave
        self.timeout = timeout
        self.setupTimeout = setupTimeout
        self.teardownTimeout = teardownTimeout
        self.retries = retries
        self.failFast = failFast
        self.environment = environment
        self.container = container
        self.reports = reports
        self.speculate = speculate
        self.batch = batch
        self.errexit = errexit
    }
}

extension Job {
    /// The options of the shell for the job's scripts.
    package var shellOptions: ShellOptions { errexit ? .errexit : [] }
}

/// A command whose output lists atoms: each line becomes the value of one variable.
package struct Atomizer: Sendable, Equatable, Codable {
    /// The environment variable that passes a line to the job's commands.
    package let variable: String
    /// The shell command.
    package let command: String

    /// Creates an atomizer.
    package init(variable: String, command: String) {
        self.variable = variable
        self.command = command
    }
}
