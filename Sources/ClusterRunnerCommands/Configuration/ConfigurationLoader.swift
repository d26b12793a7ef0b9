import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// Reads the configuration of this machine from its file and the environment.
///
/// ```swift
/// let configuration = try ConfigurationLoader(file: options.configFile, environment: environment).load()
/// let master = try configuration.master(flags: [MasterConfiguration.keys.port: "43010"])
/// ```
package struct ConfigurationLoader: Sendable {
    private let file: String?
    private let environment: [String: String]

    /// Creates a loader.
    ///
    /// - Parameters:
    ///   - file: The file of `--config-file`; nil is `~/.clusterrunner/clusterrunner.conf`.
    ///   - environment: The environment of the process. An empty variable counts as not set.
    package init(file: String?, environment: [String: String]) {
        self.file = file
        self.environment = environment
    }

    /// Reads file and environment and checks every value, in all sections.
    ///
    /// Creates a missing file unless the user named it, and writes a new secret if neither the file nor the environment
    /// has one. If the file cannot be created, and the environment has the secret or `isFileOptional` allows any, the
    /// defaults apply.
    ///
    /// - Throws: ``ClusterRunnerError`` that lists all faults, one a line.
    package func load(isFileOptional: Bool = false) throws -> LoadedConfiguration {
        try ArgumentBytes.requireText(file, of: "--config-file")
        let environment = try SecretVariable.resolve(environment)
        let home = try Self.homeDirectory(environment)
        let roots = ConfigurationKey.Roots(home: home, current: nil)
        let path = try file.map(Self.absolute) ?? home + "/.clusterrunner/clusterrunner.conf"
        let variables = ConfigurationReading(environment: environment, roots: roots)
        let secret = GeneralConfiguration.keys.secret.key
        let needsSecret = variables.values[secret.home]?[secret.name] == nil
        let content = try ConfigurationFile(path: path, isNamed: file != nil, roots: roots)
            .read(needsSecret: needsSecret, isOptional: isFileOptional || !needsSecret)
        let entries = ConfigurationReading(file: content ?? Self.substitute(), path: path, roots: roots)
        let faults = entries.faults + variables.faults
        guard faults.isEmpty else {
            throw ClusterRunnerError(.invalidArgument, faults.joined(separator: "\n"))
        }
        return LoadedConfiguration(
            file: entries.values,
            lines: entries.lines,
            environment: variables.values,
            home: home,
            standInDirectory: content == nil ? temporaryDirectory : nil,
            path: content == nil ? nil : path
        )
    }

    /// Reads the configuration, or the defaults if there is no file, and creates none.
    func loadExisting() throws -> LoadedConfiguration {
        let environment = try SecretVariable.resolve(environment)
        let home = try Self.homeDirectory(environment)
        if file != nil || FileStatus(path: "\(home)/.clusterrunner/clusterrunner.conf") != nil {
            return try load(isFileOptional: true)
        }
        let roots = ConfigurationKey.Roots(home: home, current: nil)
        let entries = ConfigurationReading(file: Self.substitute(), path: "", roots: roots)
        let variables = ConfigurationReading(environment: environment, roots: roots)
        return LoadedConfiguration(file: entries.values, environment: variables.values, home: home)
    }

    /// Returns the configuration without a file: a secret that only this process knows.
    private static func substitute() -> INIFile {
        INIFile("[general]\n\(GeneralConfiguration.keys.secret) = \(ConfigurationFile.makeSecret())\n")
    }

    /// The base directory of a user without a writable home.
    private var temporaryDirectory: String {
        let parent = environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        return "\(parent)/clusterrunner-\(geteuid())"
    }

    private static func absolute(_ path: String) throws -> String {
        path.hasPrefix("/") ? path : try currentDirectory() + "/" + path
    }

    /// Returns the directory in which the program was started; `.` if its path is not UTF-8.
    ///
    /// - Throws: ``ClusterRunnerError`` when it was removed since.
    static func currentDirectory() throws -> String { try currentDirectoryBytes().text ?? "." }

    /// Returns the path of the directory in which the program was started.
    ///
    /// - Throws: ``ClusterRunnerError`` when it was removed since.
    static func currentDirectoryBytes() throws -> ByteString {
        guard let directory = getcwd(nil, 0) else {
            let sentence = "The current directory cannot be told; change to one that exists"
            throw SystemFault(errno).error(sentence, code: .failed)
        }
        defer { free(directory) }
        return ByteString(cString: directory)
    }

    /// Returns `HOME`, or without it the home directory in the user database.
    static func homeDirectory(_ environment: [String: String]) throws -> String {
        if let home = environment["HOME"], home.hasPrefix("/") {
            return try PathAlias.text(of: ArgumentBytes.bytes(of: home))
        }
        return getpwuid(geteuid()).map { String(cString: $0.pointee.pw_dir) } ?? "/"
    }
}
