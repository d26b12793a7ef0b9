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
        let setting = GeneralConfiguration.keys.eventlogFilename
        let hasFlag = flags.contains { $0.key.name == setting.name && $0.value != nil }
        if hasFlag || isConfigured(setting, in: .slave) {
            configuration.eventLog = configuration.general.eventLog
        }
        return configuration
    }

    private func values(of section: ConfigurationSection, flags: SettingFlags) throws -> ConfigurationValues {
        let roots = ConfigurationKey.Roots(home: home, current: try? ConfigurationLoader.currentDirectory())
        let given = ConfigurationReading(flags: flags, section: section, roots: roots)
        guard given.faults.isEmpty else {
            throw ClusterRunnerError(.invalidArgument, given.faults.joined(separator: "\n"))
        }
        var values: [String: ConfigurationValue] = [:]
        let baseDirectory = GeneralConfiguration.keys.baseDirectory.name
        for key in ConfigurationKey.table where key.matters(to: section) {
            values[key.name] =
                try given.values[key.home]?[key.name] ?? configured(key, for: section)
                ?? (key.name == baseDirectory ? standIn() : nil) ?? key.defaultValue(roots: roots)
        }
        return ConfigurationValues(values, file: path)
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
        configured(setting.key, for: section)?.isSet ?? false
    }

    /// Whether the environment or the section of a service itself has a value of a setting.
    private func isConfigured(_ setting: some DeclaredSetting, in section: ConfigurationSection) -> Bool {
        [environment, file].contains { $0[section]?[setting.name]?.isSet ?? false }
    }

    private func configured(_ key: ConfigurationKey, for section: ConfigurationSection) -> ConfigurationValue? {
        let sources = [environment, file]
        return sources.lazy.compactMap { source in
            section.precedence.lazy.compactMap { source[$0]?[key.name] }.first
        }.first
    }
}
