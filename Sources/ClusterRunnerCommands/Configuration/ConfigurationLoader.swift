import ClusterRunnerCore
import Glibc

/// Reads the configuration of this machine from its file and the environment.
///
/// ```swift
/// let configuration = try ConfigurationLoader(file: options.configFile, environment: environment).load()
/// let master = try configuration.master(flags: ["port": "43010"])
/// ```
package struct ConfigurationLoader: Sendable {
    private let file: String?
    private let environment: [String: String]

    /// Creates a loader.
    ///
    /// - Parameters:
    ///   - file: The file that `--config-file` names; nil is `~/.clusterrunner/clusterrunner.conf`.
    ///   - environment: The environment of the process. A variable that is empty counts as not set.
    package init(file: String?, environment: [String: String]) {
        self.file = file
        self.environment = environment
    }

    /// Reads file and environment and checks every value, whichever section it stands in.
    ///
    /// Creates the file if it is missing (unless it was named), and writes a new secret into it if there is none, neither
    /// there nor in the environment.
    ///
    /// - Throws: ``ClusterRunnerError`` that lists all faults, one a line.
    package func load() throws -> LoadedConfiguration {
        let home = Self.homeDirectory(environment)
        let roots = ConfigurationKey.Kind.Roots(home: home, current: nil)
        let path = file.map(Self.absolute) ?? home + "/.clusterrunner/clusterrunner.conf"
        let variables = ConfigurationReading(environment: environment, roots: roots)
        let content = try ConfigurationFile(path: path, isNamed: file != nil, roots: roots)
            .read(needsSecret: variables.values[.general]?["secret"] == nil)
        let entries = ConfigurationReading(file: content, path: path, roots: roots)
        let faults = entries.faults + variables.faults
        guard faults.isEmpty else {
            throw ClusterRunnerError(.invalidArgument, faults.joined(separator: "\n"))
        }
        return LoadedConfiguration(file: entries.values, environment: variables.values, home: home)
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : currentDirectory() + "/" + path
    }

    /// The directory the program was started in; `.` where its path is not UTF-8.
    static func currentDirectory() -> String { currentDirectoryBytes().text ?? "." }

    /// The path of the directory the program was started in.
    static func currentDirectoryBytes() -> ByteString {
        guard let directory = getcwd(nil, 0) else { return "/" }
        defer { free(directory) }
        return ByteString(cString: directory)
    }

    /// `HOME`, or what the user database says where a service is started without it.
    static func homeDirectory(_ environment: [String: String]) -> String {
        if let home = environment["HOME"], home.hasPrefix("/") { return home }
        return getpwuid(geteuid()).map { String(cString: $0.pointee.pw_dir) } ?? "/"
    }
}
