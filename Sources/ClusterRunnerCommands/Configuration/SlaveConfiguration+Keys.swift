extension SlaveConfiguration {
    static let keys = Keys()

    /// The settings of `[slave]`.
    struct Keys: SettingGroup {
        let port = Setting(
            "port",
            in: .slave,
            .port,
            default: 43_001,
            flag: .init(short: "p"),
            help: "The port the slave's own small API listens on; 0 lets the system choose."
        )
        let slaveName = Setting(
            "slave_name",
            in: .slave,
            .text,
            flag: .init(name: "name", help: "The name of the slave for people; without it that of this machine."),
            help:
                "The name of the slave in lists and messages; without it the name the system reports for this machine."
        )
        let numExecutors = Setting(
            "num_executors",
            in: .slave,
            .integer(ExecutorCount.range),
            default: 1,
            flag: .init(short: "e"),
            help: "The number of atoms that the slave runs at once."
        )
        let masterHostname = Setting(
            "master_hostname",
            in: .slave,
            .host,
            default: "localhost",
            flag: .init(name: "master-url"),
            help: "The host the master runs on."
        )
        let masterPort = Setting(
            "master_port",
            in: .slave,
            .integer(1...65_535),
            default: 43_000,
            flag: .init(name: "master-url"),
            help: "The port the master listens on."
        )
        let requireSignature = Setting(
            "require_signature",
            in: .slave,
            .boolean,
            default: false,
            help: "Whether the slave refuses a digest alone, regardless of legacy_clients."
        )
        let authenticateReads = Setting(
            "authenticate_reads",
            in: .slave,
            .boolean,
            default: false,
            help: "Whether reads of the slave's own API need a signature."
        )
        let legacyClients = Setting(
            "legacy_clients",
            in: .slave,
            .boolean,
            default: false,
            help: "Whether scripts of ClusterRunner 1.x may end the slave by a digest alone."
        )
        let heartbeatInterval = Setting(
            "heartbeat_interval",
            in: .slave,
            .time,
            default: .seconds(3),
            help: "The seconds between two heartbeats, at most a third of the time after which a slave counts as lost."
        )
        let heartbeatFailureThreshold = Setting(
            "heartbeat_failure_threshold",
            in: .slave,
            .integer(1...1_000_000),
            default: 200,
            help: "The failed heartbeats in a row after which the slave gives up and exits; 200 are 10 minutes."
        )
        let setupTimeout = Setting(
            "setup_timeout",
            in: .slave,
            .time,
            default: .seconds(3_600),
            help: "The seconds that setup_build may run on this slave, unless the job sets setup_timeout."
        )
        let teardownTimeout = Setting(
            "teardown_timeout",
            in: .slave,
            .time,
            default: .seconds(600),
            help: "The seconds that teardown_build may run on this slave, unless the job sets teardown_timeout."
        )
        let maxConsoleMB = Setting(
            "max_console_mb",
            in: .slave,
            .integer(0...1_000_000),
            default: 64,
            help: "The MiB of an atom's output that are kept, half of them from its beginning; 0 keeps all."
        )
    }
}
