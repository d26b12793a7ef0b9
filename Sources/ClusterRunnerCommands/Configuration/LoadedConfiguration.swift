import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The valid configuration from file and environment, of which each service takes its part.
///
/// Precedence: flag, environment, file (the service's section before `[general]`), default.
package struct LoadedConfiguration: Sendable {
    typealias Values = [ConfigurationSection: [String: ConfigurationValue]]

    private let file: Values
    private let environment: Values
    private let home: String
    /// The substitute for a default base directory that cannot be created; nil if it can.
    private let standInDirectory: String?
    /// The path of the file; nil without a file.
    private let path: String?

    init(
        file: Values,
        environment: Values,
        home: String,
        standInDirectory: String? = nil,
        path: String? = nil
    ) {
        self.path = path
        self.file = file
        self.environment = environment
        self.home = home
        self.standInDirectory = standInDirectory
    }

    /// Returns the configuration of a command that is neither master nor slave.
    ///
    /// The flags are the given ones, by the name of their key; relative paths in them begin in the current directory.
    /// Throws ``ClusterRunnerError`` with all errors, one a line.
    package func general(flags: [String: String] = [:]) throws -> GeneralConfiguration {
        try GeneralConfiguration(values(of: .general, flags: flags))
    }

    /// Returns the configuration of a master; flags as in ``general(flags:)``.
    package func master(flags: [String: String] = [:]) throws -> MasterConfiguration {
        try MasterConfiguration(values(of: .master, flags: flags))
    }

    /// Returns the configuration of a slave; flags as in ``general(flags:)``.
    package func slave(flags: [String: String] = [:]) throws -> SlaveConfiguration {
        var configuration = try SlaveConfiguration(values(of: .slave, flags: flags))
        if flags["eventlog_filename"] != nil || isConfigured("eventlog_filename", in: .slave) {
            configuration.eventLog = configuration.general.eventLog
        }
        return configuration
    }

    private func values(of section: ConfigurationSection, flags: [String: String]) throws -> ConfigurationValues {
        let roots = ConfigurationKey.Kind.Roots(home: home, current: try? ConfigurationLoader.currentDirectory())
        let given = ConfigurationReading(flags: flags, section: section, roots: roots)
        guard given.faults.isEmpty else {
            throw ClusterRunnerError(.invalidArgument, given.faults.joined(separator: "\n"))
        }
        var values: [String: ConfigurationValue] = [:]
        for key in ConfigurationKey.keys(of: section) {
            values[key.name] =
                try given.values[key.home]?[key.name] ?? configured(key.name, for: section)
                ?? (key.name == "base_directory" ? standIn() : nil) ?? key.defaultValue(roots: roots)
        }
        return ConfigurationValues(values, file: path)
    }

    /// Creates the substitute for the default base directory.
    ///
    /// Its name can be foreseen, so a directory of another user is refused.
    private func standIn() throws -> ConfigurationValue? {
        guard let path = standInDirectory else { return nil }
        guard try OpenFile.makeOwnDirectory(path) else {
            throw ClusterRunnerError(
                .invalidState,
                "There is no home directory that can be written, and \(path) is not a directory of user \(geteuid()) "
                    + "alone. Set CLUSTERRUNNER_BASE_DIRECTORY."
            )
        }
        return .string(path)
    }

    /// Whether the environment or the file sets a key for a service.
    package func isConfigured(_ key: String, for section: ConfigurationSection) -> Bool {
        configured(key, for: section).map { $0 != .unset } ?? false
    }

    /// Whether the environment or the service's own section sets a key.
    private func isConfigured(_ key: String, in section: ConfigurationSection) -> Bool {
        [environment, file].contains { $0[section]?[key].map { $0 != .unset } ?? false }
    }

    private func configured(_ key: String, for section: ConfigurationSection) -> ConfigurationValue? {
        let sources = [environment, file]
        return sources.lazy.compactMap { source in
            section.precedence.lazy.compactMap { source[$0]?[key] }.first
        }.first
    }
}

extension ConfigurationKey {
    /// Parses the default like a value of the file.
    func defaultValue(roots: Kind.Roots) throws -> ConfigurationValue? {
        guard let defaultText else { return nil }
        let atHome = Kind.Roots(home: roots.home, current: nil)
        return try kind.read(INIValue(written: defaultText[...]), roots: atHome)
    }
}

/// The effective values of one service, by key.
///
/// A getter throws when the key has no value of its kind, which is a mismatch between the table of keys and the caller.
struct ConfigurationValues {
    private let values: [String: ConfigurationValue]
    /// The path of their file.
    let file: String?

    init(_ values: [String: ConfigurationValue], file: String? = nil) {
        self.values = values
        self.file = file
    }

    func optionalString(_ key: String) -> String? {
        guard case .string(let text) = values[key] else { return nil }
        return text
    }

    func string(_ key: String) throws -> String {
        guard case .string(let text) = values[key] else { throw absent(key) }
        return text
    }

    func integer(_ key: String) throws -> Int {
        guard case .integer(let number) = values[key] else { throw absent(key) }
        return number
    }

    func duration(_ key: String) throws -> Duration {
        guard case .seconds(let number) = values[key] else { throw absent(key) }
        return .seconds(number)
    }

    func boolean(_ key: String) throws -> Bool {
        guard case .boolean(let flag) = values[key] else { throw absent(key) }
        return flag
    }

    func list(_ key: String) throws -> [String] {
        guard case .list(let elements) = values[key] else { throw absent(key) }
        return elements
    }

    func secret(_ key: String) throws -> Secret {
        guard case .secret(let secret) = values[key] else { throw absent(key) }
        return secret
    }

    private func absent(_ key: String) -> ClusterRunnerError {
        ClusterRunnerError(.invalidArgument, "The configuration has no usable value of \(key).")
    }
}
