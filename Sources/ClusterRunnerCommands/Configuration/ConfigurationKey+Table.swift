import ClusterRunnerPlugin

extension ConfigurationKey {
    /// All keys, in the order of the example file.
    ///
    /// Keys of one name in two sections have the same kind, because a value in `[general]` may set both.
    package static let table: [Self] = general + master + slave

    private static let port = Kind.integer(0...65_535)
    private static let time = Kind.seconds(0.1...86_400)

    private static let general: [Self] = [
        Self(
            "secret",
            in: .general,
            .secret,
            onlyAtHome: true,
            help: "The secret that all machines of the cluster share, at least 8 characters; generated when missing."
        ),
        Self(
            "base_directory",
            in: .general,
            .path,
            default: "~/.clusterrunner",
            help: "The directory for the database, results, workspaces, logs and pid files."
        ),
        Self(
            "build_symlink_directory",
            in: .general,
            .path,
            default: "/tmp/clusterrunner_build_symlinks",
            help: "A key of ClusterRunner 1.x without effect: atoms name the project's path as $PROJECT_DIR."
        ),
        Self(
            "hostname",
            in: .general,
            .host,
            help: "The name by which other machines reach this one; without it the name the system reports."
        ),
        Self(
            "bind",
            in: .general,
            .host,
            default: "::",
            help: "The address to listen on: :: is every IPv6 and IPv4 address of this machine, 0.0.0.0 every IPv4 one."
        ),
        Self(
            "slaves",
            in: .general,
            .hosts,
            default: "localhost",
            help: "A key of ClusterRunner 1.x without effect: slaves register by themselves."
        ),
        Self(
            "log_level",
            in: .general,
            .choice(["DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"]),
            default: "WARNING",
            help: "The minimum level of log records: DEBUG, INFO, NOTICE, WARNING, ERROR or CRITICAL."
        ),
        Self(
            "log_filename",
            in: .general,
            .pathBelowBase,
            default: "clusterrunner.log",
            help: "The log file; a relative path lies in base_directory."
        ),
        Self(
            "max_log_file_size",
            in: .general,
            .integer(4_096...1_099_511_627_776),
            default: "52428800",
            help: "The bytes after which a new log file is begun; one older file is kept, with .1 after its name."
        ),
        Self(
            "eventlog_filename",
            in: .general,
            .outputBelowBase,
            default: "eventlog.log",
            flag: "--eventlog-file",
            help:
                "The master's file of events, below base_directory or STDOUT; slaves write theirs if [slave] names one."
        ),
        Self(
            "default_http_timeout",
            in: .general,
            time,
            default: "30",
            help: "The seconds after which a request to another machine is given up."
        ),
        Self(
            "shutdown_timeout",
            in: .general,
            time,
            default: "600",
            help: "The seconds that a service told to end waits for running work before it kills it."
        ),
        Self(
            "git_strict_host_key_checking",
            in: .general,
            .boolean,
            default: "False",
            help: "Whether git refuses ssh hosts that known_hosts does not list."
        ),
        Self(
            "git_transport",
            in: .general,
            .choice(GitSettings.Transport.allCases.map(\.rawValue)),
            default: "auto",
            help:
                "The client for git remotes: git (the program), libgit2 (the library), or auto for git if it is installed."
        ),
        Self(
            "git_timeout",
            in: .general,
            time,
            default: "3600",
            help: "The seconds after which a conversation with a git remote is given up."
        ),
        Self(
            "get_project_from_master",
            in: .general,
            .boolean,
            default: "True",
            help: "Whether slaves get the project from the master instead of from its remote."
        ),
        Self(
            "cors_allowed_origins_regex",
            in: .general,
            .pattern,
            help: "A regular expression for the origins whose web pages may read the API; without it none may."
        ),
        Self(
            "https_cert_file",
            in: .general,
            .path,
            help: "The certificate chain (PEM) to serve HTTPS with; needs https_key_file."
        ),
        Self(
            "https_key_file",
            in: .general,
            .path,
            help: "The private key (PEM) of https_cert_file."
        ),
        Self(
            "job_user",
            in: .general,
            .string,
            help: "The user that runs the commands of jobs if the service runs as root; without it root itself."
        ),
    ]

    private static let master: [Self] = [
        Self(
            "port",
            in: .master,
            port,
            default: "43000",
            help: "The port the master listens on; 0 lets the system choose."
        ),
        Self(
            "v1_build_status",
            in: .master,
            .choice(["documented", "legacy"]),
            default: "documented",
            help:
                "The vocabulary of a build's status in v1: documented, or legacy for the states of ClusterRunner 1.x."
        ),
        requireSignature(
            in: .master,
            "Whether a digest alone is refused, as docs/how-to/secure-a-cluster.md advises for networks without TLS."
        ),
        authenticateReads(in: .master, "Whether reads also need a login or a signature."),
        legacyClients(in: .master, "Whether scripts of ClusterRunner 1.x may shut slaves down by a digest alone."),
        Self(
            "unresponsive_slaves_cleanup_interval",
            in: .master,
            time,
            default: "10",
            help: "The seconds without a sign of life after which a slave counts as lost."
        ),
        Self(
            "results_retention_days",
            in: .master,
            .integer(0...36_500),
            default: "30",
            help: "The days that an ended build is kept with its results; 0 keeps it without limit."
        ),
        Self(
            "results_max_builds",
            in: .master,
            .integer(0...1_000_000_000),
            default: "0",
            help: "The maximum number of ended builds kept with their results; 0 keeps all."
        ),
        Self(
            "min_free_disk_mb",
            in: .master,
            .integer(0...1_000_000_000),
            default: "512",
            help: "The free MiB on the disk of base_directory below which new builds are refused with 503."
        ),
        Self(
            "atomizer_timeout",
            in: .master,
            time,
            default: "1800",
            help: "The seconds that an atomizer may run, after which its build is an ERROR."
        ),
        Self(
            "max_atomizer_output_mb",
            in: .master,
            .integer(1...4096),
            default: "32",
            help: "The maximum output of an atomizer in MiB; a build whose atomizer prints more is an ERROR."
        ),
        Self(
            "max_unfinished_builds",
            in: .master,
            .integer(1...1_000_000),
            default: "1000",
            help: "The number of queued and running builds from which new builds are refused with 503."
        ),
        Self(
            "max_uploads",
            in: .master,
            .integer(1...10_000),
            default: "32",
            help: "The maximum number of concurrent uploads of artifacts; slaves retry the others later."
        ),
        Self(
            "max_connections",
            in: .master,
            .integer(1...1_000_000),
            default: "10000",
            help: "The maximum number of open connections; a slave needs two to four, and further connections wait."
        ),
    ]

    private static let slave: [Self] = [
        Self(
            "port",
            in: .slave,
            port,
            default: "43001",
            help: "The port the slave's own small API listens on; 0 lets the system choose."
        ),
        Self(
            "num_executors",
            in: .slave,
            .integer(ExecutorCount.range),
            default: "1",
            help: "The number of atoms that the slave runs at once."
        ),
        Self(
            "master_hostname",
            in: .slave,
            .host,
            default: "localhost",
            flag: "--master-url",
            help: "The host the master runs on."
        ),
        Self(
            "master_port",
            in: .slave,
            .integer(1...65_535),
            default: "43000",
            flag: "--master-url",
            help: "The port the master listens on."
        ),
        requireSignature(in: .slave, "Whether the slave refuses a digest alone, regardless of legacy_clients."),
        authenticateReads(in: .slave, "Whether reads of the slave's own API need a signature."),
        legacyClients(in: .slave, "Whether scripts of ClusterRunner 1.x may end the slave by a digest alone."),
        Self(
            "heartbeat_interval",
            in: .slave,
            time,
            default: "3",
            help: "The seconds between two heartbeats, at most a third of the time after which a slave counts as lost."
        ),
        Self(
            "heartbeat_failure_threshold",
            in: .slave,
            .integer(1...1_000_000),
            default: "200",
            help: "The failed heartbeats in a row after which the slave gives up and exits; 200 are 10 minutes."
        ),
        Self(
            "setup_timeout",
            in: .slave,
            time,
            default: "3600",
            help: "The seconds that setup_build may run on this slave, unless the job sets setup_timeout."
        ),
        Self(
            "teardown_timeout",
            in: .slave,
            time,
            default: "600",
            help: "The seconds that teardown_build may run on this slave, unless the job sets teardown_timeout."
        ),
        Self(
            "max_console_mb",
            in: .slave,
            .integer(0...1_000_000),
            default: "64",
            help: "The MiB of an atom's output that are kept, half of them from its beginning; 0 keeps all."
        ),
    ]

    private static func requireSignature(in home: ConfigurationSection, _ help: String) -> Self {
        Self("require_signature", in: home, .boolean, default: "False", help: help)
    }

    private static func authenticateReads(in home: ConfigurationSection, _ help: String) -> Self {
        Self("authenticate_reads", in: home, .boolean, default: "False", help: help)
    }

    private static func legacyClients(in home: ConfigurationSection, _ help: String) -> Self {
        Self("legacy_clients", in: home, .boolean, default: "False", help: help)
    }
}
