import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// What file and environment say, valid as a whole, from which each service takes its part.
///
/// A flag comes before the environment, that before the file (the service's section before `[general]`), that before the
/// default.
package struct LoadedConfiguration: Sendable {
    typealias Values = [ConfigurationSection: [String: ConfigurationValue]]

    private let file: Values
    private let environment: Values
    private let home: String
    /// The base directory where the default one cannot be made; nil where it can.
    private let standInDirectory: String?
    /// The path of the file; nil where there is none.
    let path: String?
    private let lines: [ConfigurationSection: [String: Int]]

    init(
        file: Values,
        lines: [ConfigurationSection: [String: Int]] = [:],
        environment: Values,
        home: String,
        standInDirectory: String? = nil,
        path: String? = nil
    ) {
        self.path = path
        self.lines = lines
        self.file = file
        self.environment = environment
        self.home = home
        self.standInDirectory = standInDirectory
    }

    /// The configuration of a command that is neither master nor slave.
    ///
    /// Relative paths among the flags begin in the current directory.
    ///
    /// - Throws: ``ClusterRunnerError`` that lists all faults, one a line.
    func general(flags: SettingFlags = [:]) throws -> GeneralConfiguration {
        try GeneralConfiguration(values(of: .general, flags: flags))
    }

    /// The configuration of a master; flags as for ``general(flags:)``.
    func master(flags: SettingFlags = [:]) throws -> MasterConfiguration {
        var configuration = try MasterConfiguration(values(of: .master, flags: flags))
        configuration.notify = try NotifyConfiguration(values(of: .notify, flags: [:]))
        return configuration
    }

    /// The configuration of a slave; flags as for ``general(flags:)``.
    func slave(flags: SettingFlags = [:]) throws -> SlaveConfiguration {
        var configuration = try SlaveConfiguration(values(of: .slave, flags: flags))
        if hasOwnEventLog(flags) { configuration.eventLog = configuration.general.eventLog }
        return configuration
    }

    /// Whether a slave has an event log: a name in `[general]` is that of the master's.
    private func hasOwnEventLog(_ flags: SettingFlags) -> Bool {
        let setting = GeneralConfiguration.keys.eventlogFilename
        return flags.contains { $0.key.name == setting.name && $0.value != nil } || isConfigured(setting, in: .slave)
    }

    /// Returns the values that hold for a master, with its notifications, or for a slave; flags as for
    /// ``general(flags:)``.
    func effective(for role: ConfigurationSection, flags: SettingFlags = [:]) throws -> [EffectiveSetting] {
        let settings = try entries(of: role, flags: flags)
        guard role == .slave, !hasOwnEventLog(flags) else {
            return role == .master ? try settings + entries(of: .notify, flags: [:]) : settings
        }
        let eventLog = GeneralConfiguration.keys.eventlogFilename.name
        return settings.map {
            $0.key.name == eventLog ? EffectiveSetting(key: $0.key, value: nil, source: .defaultValue) : $0
        }
    }

    private func values(of section: ConfigurationSection, flags: SettingFlags) throws -> ConfigurationValues {
        let entries = try entries(of: section, flags: flags)
        let values = entries.compactMap { entry in entry.value.map { (entry.key.name, $0) } }
        // Keys of one name in two sections have the value of the section that comes last in the table.
        let secret = entries.first { $0.key.name == GeneralConfiguration.keys.secret.name }
        return ConfigurationValues(Dictionary(values) { $1 }, file: path, secretPlace: place(of: secret?.source))
    }

    private func place(of source: ConfigurationSource?) -> String {
        switch source {
        case .environment(let name): "the environment variable \(name)"
        case .file: path ?? "the configuration file"
        case .option, .defaultValue, .generated, nil: path ?? "this process"
        }
    }

    private func entries(of section: ConfigurationSection, flags: SettingFlags) throws -> [EffectiveSetting] {
        let roots = ConfigurationKey.Roots(home: home, current: try? ConfigurationLoader.currentDirectory())
        let given = ConfigurationReading(flags: flags, section: section, roots: roots)
        guard given.faults.isEmpty else {
            throw ClusterRunnerError(.invalidArgument, given.faults.joined(separator: "\n"))
        }
        let baseDirectory = GeneralConfiguration.keys.baseDirectory.name
        return try ConfigurationKey.table.filter { $0.matters(to: section) }.map { key in
            if let value = given.values[key.home]?[key.name] {
                return EffectiveSetting(key: key, value: value, source: .option("--\(key.flagName)"))
            }
            if let found = configured(key, for: section) {
                return EffectiveSetting(key: key, value: found.value, source: found.source)
            }
            let value = try (key.name == baseDirectory ? standIn() : nil) ?? key.defaultValue(roots: roots)
            return EffectiveSetting(key: key, value: value, source: .defaultValue)
        }
    }

    /// Makes the stand-in for the default base directory.
    ///
    /// It has a name that anybody can foresee: one that another user made is refused.
    private func standIn() throws -> ConfigurationValue? {
        guard let path = standInDirectory else { return nil }
        guard try OpenFile.makeOwnDirectory(path) else {
            throw ClusterRunnerError(
                .invalidState,
                "There is no home directory that can be written, and \(path) is not a directory of user \(geteuid()) "
                    + "alone. Set \(GeneralConfiguration.keys.baseDirectory.key.environmentName)."
            )
        }
        return .set(path)
    }

    /// Whether the environment or the file has a value of a setting for a service.
    func isConfigured(_ setting: some DeclaredSetting, for section: ConfigurationSection) -> Bool {
        configured(setting.key, for: section)?.value.isSet ?? false
    }

    /// Whether the environment or the section of a service itself has a value of a setting.
    private func isConfigured(_ setting: some DeclaredSetting, in section: ConfigurationSection) -> Bool {
        [environment, file].contains { $0[section]?[setting.name]?.isSet ?? false }
    }

    private func configured(
        _ key: ConfigurationKey,
        for section: ConfigurationSection
    ) -> (value: ConfigurationValue, source: ConfigurationSource)? {
        for host in section.precedence {
            guard let value = environment[host]?[key.name] else { continue }
            return (value, .environment(key.environmentName(in: host)))
        }
        for host in section.precedence {
            guard let value = file[host]?[key.name] else { continue }
            guard let line = lines[host]?[key.name] else { return (value, .generated) }
            return (value, .file(section: host, line: line))
        }
        return nil
    }
}
