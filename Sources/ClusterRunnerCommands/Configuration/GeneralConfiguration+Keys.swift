import ClusterRunnerPlugin
import Logging

extension GeneralConfiguration {
    static let keys = Keys()

    /// The settings of `[general]`.
    struct Keys: SettingGroup {
        let secret = Setting(
            required: "secret",
            onlyIn: .general,
            .secret,
            help: "The secret that all machines of the cluster share, at least 8 characters; generated when missing."
        )
        let baseDirectory = Setting(
            "base_directory",
            in: .general,
            .path,
            default: "~/.clusterrunner",
            help: "The directory for the database, results, workspaces, logs and pid files."
        )
        let buildSymlinkDirectory = Setting(
            "build_symlink_directory",
            in: .general,
            .path,
            default: "/tmp/clusterrunner_build_symlinks",
            help: "A key of ClusterRunner 1.x without effect: atoms name the project's path as $PROJECT_DIR."
        )
        let hostname = Setting(
            "hostname",
            in: .general,
            .host,
            help: "The name by which other machines reach this one; without it the name the system reports."
        )
        let bind = Setting(
            "bind",
            in: .general,
            .host,
            default: "::",
            help: "The address to listen on: :: is every IPv6 and IPv4 address of this machine, 0.0.0.0 every IPv4 one."
        )
        let slaves = Setting(
            "slaves",
            in: .general,
            .hosts,
            default: ["localhost"],
            help: "The hosts on which clusterrunner deploy starts slaves; they register by themselves."
        )
        let logLevel = Setting(
            "log_level",
            in: .general,
            .choice([.debug, .info, .notice, .warning, .error, .critical], named: { $0.rawValue.uppercased() }),
            default: Logger.Level.warning,
            help: "The minimum level of log records: DEBUG, INFO, NOTICE, WARNING, ERROR or CRITICAL."
        )
        let logFilename = Setting(
            "log_filename",
            in: .general,
            .pathBelowBase,
            default: "clusterrunner.log",
            help: "The log file; a relative path lies in base_directory."
        )
        let maxLogFileSize = Setting(
            "max_log_file_size",
            in: .general,
            .integer(4_096...1_099_511_627_776),
            default: 52_428_800,
            help: "The bytes after which a new log file is begun; one older file is kept, with .1 after its name."
        )
        let logFormat = Setting(
            "log_format",
            in: .general,
            .choice(LogFormat.allCases, named: \.rawValue),
            default: .text,
            help: "The form of log records: text, or json for one JSON object a line."
        )
        let eventlogFilename = Setting(
            "eventlog_filename",
            in: .general,
            .outputBelowBase,
            default: "eventlog.log",
            flag: .init(
                name: "eventlog-file",
                valueName: "path",
                help: "Write the service's events to this file, or STDOUT, as lines of JSON."
            ),
            help:
                "The master's file of events, below base_directory or STDOUT; slaves write theirs if [slave] names one."
        )
        let maxEventlogFileSize = Setting(
            "max_eventlog_file_size",
            in: .general,
            .integer(4_096...1_099_511_627_776),
            default: 52_428_800,
            help: "The bytes after which a new file of events is begun; one older file is kept, with .1 after its name."
        )
        let defaultHTTPTimeout = Setting(
            "default_http_timeout",
            in: .general,
            .time,
            default: .seconds(30),
            help: "The seconds after which a request to another machine is given up."
        )
        let shutdownTimeout = Setting(
            "shutdown_timeout",
            in: .general,
            .time,
            default: .seconds(600),
            help: "The seconds that a service told to end waits for running work before it kills it."
        )
        let gitStrictHostKeyChecking = Setting(
            "git_strict_host_key_checking",
            in: .general,
            .boolean,
            default: false,
            help: "Whether git refuses ssh hosts that known_hosts does not list."
        )
        let gitTransport = Setting(
            "git_transport",
            in: .general,
            .choice(GitSettings.Transport.allCases, named: \.rawValue),
            default: .auto,
            help:
                "The client for git remotes: git (the program), libgit2 (the library), or auto for git if it is installed."
        )
        let gitTimeout = Setting(
            "git_timeout",
            in: .general,
            .time,
            default: .seconds(3_600),
            help: "The seconds after which a conversation with a git remote is given up."
        )
        let getProjectFromMaster = Setting(
            "get_project_from_master",
            in: .general,
            .boolean,
            default: true,
            help: "Whether slaves get the project from the master instead of from its remote."
        )
        let projectTypeDirectory = Setting(
            "project_type_directory",
            in: .general,
            .path,
            help: "The directory of executables that implement project types; without it BASE_DIRECTORY/project-types."
        )
        let corsAllowedOriginsRegex = Setting(
            "cors_allowed_origins_regex",
            in: .general,
            .pattern,
            help: "A regular expression for the origins whose web pages may read the API; without it none may."
        )
        let httpsCertFile = Setting(
            "https_cert_file",
            in: .general,
            .path,
            help: "The certificate chain (PEM) to serve HTTPS with; needs https_key_file."
        )
        let httpsKeyFile = Setting(
            "https_key_file",
            in: .general,
            .path,
            help: "The private key (PEM) of https_cert_file."
        )
        let httpsCAFile = Setting(
            "https_ca_file",
            in: .general,
            .path,
            help: "Certificates (PEM) to trust beside those of the system; without it https_cert_file."
        )
        let jobUser = Setting(
            "job_user",
            in: .general,
            .text,
            help: "The user that runs the commands of jobs if the service runs as root; without it root itself."
        )
    }
}
