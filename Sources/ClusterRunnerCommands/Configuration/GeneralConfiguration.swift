package import ClusterRunnerFiles
package import ClusterRunnerPlugin
import Glibc
package import Logging

/// The configuration of every command and service on this machine.
package struct GeneralConfiguration: Sendable, Equatable {
    /// The secret for signatures.
    package var secret: Secret
    /// The directory of all data.
    package var baseDirectory: String
    /// `build_symlink_directory` of ClusterRunner 1.x, which is not used.
    package var buildSymlinkDirectory: String
    /// The name of this machine for others.
    package var hostname: String
    /// The address that services listen on.
    package var bindAddress: String
    /// The hosts on which `deploy` starts slaves.
    package var slaves: [String]
    /// The minimum level of log records.
    package var logLevel: Logger.Level
    /// The absolute path of the log.
    package var logFile: String
    /// The size in bytes after which a new log file begins.
    package var maxLogFileSize: Int
    /// The form of log records.
    package var logFormat: LogFormat
    /// The place of the event log.
    package var eventLog: EventLogPlace
    /// The time limit of a request to another machine.
    package var defaultHTTPTimeout: Duration
    /// The time that a service waits for running work after it was told to end.
    package var shutdownTimeout: Duration
    /// The time for what follows the end of running work, such as the removal of files.
    static let endOfFiles = Duration.seconds(60)
    /// The settings of git projects.
    package var git: GitSettings
    /// Whether slaves get the project from the master.
    package var getProjectFromMaster: Bool
    /// The absolute path of the directory of executables that implement project types.
    package var projectTypeDirectory: String
    /// The origins whose pages may read the API, as a valid regular expression.
    package var corsAllowedOriginsRegex: String?
    /// The files for HTTPS; nil serves plain HTTP.
    package var tls: TLSFiles?
    /// The path of certificates (PEM) to trust beside those of the system, when this process connects to others.
    package var trustedCertificates: String?
    /// The name of the account that runs the commands of jobs; nil is the service's own.
    package var jobUserName: String?
    /// The origin of the configuration.
    package var origin = Origin(file: nil)

    /// The files of an HTTPS service.
    package struct TLSFiles: Sendable, Equatable {
        /// The certificate chain, PEM.
        package var certificate: String
        /// Its private key, PEM.
        package var key: String
    }

    /// The origin of a configuration, which does not count in comparisons.
    package struct Origin: Sendable, Equatable {
        /// The configuration file; nil without a file.
        package let file: String?
        /// The place of the secret, for sentences.
        package var secretPlace = "this process"

        package static func == (left: Self, right: Self) -> Bool { true }
    }

    init(_ values: ConfigurationValues) throws {
        let keys = Self.keys
        let base = try values[keys.baseDirectory]
        secret = try values[keys.secret]
        baseDirectory = base
        buildSymlinkDirectory = try values[keys.buildSymlinkDirectory]
        hostname = try values[keys.hostname] ?? Self.systemHostname()
        bindAddress = try values[keys.bind]
        slaves = try values[keys.slaves]
        logLevel = try values[keys.logLevel]
        logFile = Self.path(try values[keys.logFilename], below: base)
        maxLogFileSize = try values[keys.maxLogFileSize]
        logFormat = try values[keys.logFormat]
        let eventLogLimit = try values[keys.maxEventlogFileSize]
        eventLog = Self.eventLog(try values[keys.eventlogFilename], below: base, sizeLimit: eventLogLimit)
        defaultHTTPTimeout = try values[keys.defaultHTTPTimeout]
        shutdownTimeout = try values[keys.shutdownTimeout]
        git = GitSettings(
            strictHostKeyChecking: try values[keys.gitStrictHostKeyChecking],
            transport: try values[keys.gitTransport],
            timeout: try values[keys.gitTimeout]
        )
        getProjectFromMaster = try values[keys.getProjectFromMaster]
        projectTypeDirectory = try values[keys.projectTypeDirectory] ?? "\(base)/project-types"
        corsAllowedOriginsRegex = try values[keys.corsAllowedOriginsRegex]
        tls = try Self.tlsFiles(values)
        trustedCertificates = try values[keys.httpsCAFile] ?? tls?.certificate
        jobUserName = try values[keys.jobUser]
        origin = Origin(file: values.file, secretPlace: values.secretPlace)
    }
}

extension GeneralConfiguration {
    private static func tlsFiles(_ values: ConfigurationValues) throws -> TLSFiles? {
        switch (try values[keys.httpsCertFile], try values[keys.httpsKeyFile]) {
        case (let certificate?, let key?):
            return TLSFiles(certificate: certificate, key: key)
        case (nil, nil):
            return nil
        case (let certificate?, nil):
            throw ClusterRunnerError(
                .invalidArgument,
                "\(keys.httpsCertFile) is \(certificate), but \(keys.httpsKeyFile) is not set; HTTPS needs both."
            )
        case (nil, let key?):
            throw ClusterRunnerError(
                .invalidArgument,
                "\(keys.httpsKeyFile) is \(key), but \(keys.httpsCertFile) is not set; HTTPS needs both."
            )
        }
    }

    private static func path(_ name: String, below base: String) -> String {
        name.hasPrefix("/") ? name : base + "/" + name
    }

    private static func eventLog(_ name: String, below base: String, sizeLimit: Int) -> EventLogPlace {
        name == EventLogPlace.standardOutputName
            ? .standardOutput : .file(path(name, below: base), sizeLimit: sizeLimit)
    }

    static func systemHostname() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
