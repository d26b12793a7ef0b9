import ClusterRunnerPlugin

/// One setting, declared once: its key in `clusterrunner.conf` with the type of its value.
///
/// The declaration is all there is to write. From it come the line of the example file, the check of file, environment and
/// flags, the help of its flag, and the value in the configuration that reads it:
///
/// ```swift
/// let port = Setting("port", in: .master, .port, default: 43_000, help: "The port the master listens on.")
/// …
/// port = try values[keys.port]
/// ```
struct Setting<Value: Sendable>: Sendable {
    let key: ConfigurationKey
    private let extract: @Sendable (ConfigurationValue?) -> Value?

    /// Declares a setting with a default.
    init(
        _ name: String,
        in home: ConfigurationSection,
        _ type: SettingType<Value>,
        default defaultValue: Value,
        flag: ConfigurationKey.Flag = .init(),
        help: String
    ) {
        let text = type.write(defaultValue)
        key = ConfigurationKey(name, in: home, type, defaultText: text, flag: flag, help: help)
        extract = { $0?.content() }
    }

    /// Declares a setting that has a value only where a source gives it one.
    init<Wrapped>(
        _ name: String,
        in home: ConfigurationSection,
        _ type: SettingType<Wrapped>,
        flag: ConfigurationKey.Flag = .init(),
        help: String
    ) where Value == Wrapped? {
        key = ConfigurationKey(name, in: home, type, isOptional: true, flag: flag, help: help)
        extract = { .some($0?.content()) }
    }

    /// Declares a setting without a default that must have a value, in one section.
    init(required name: String, onlyIn home: ConfigurationSection, _ type: SettingType<Value>, help: String) {
        key = ConfigurationKey(name, in: home, type, sections: [home], help: help)
        extract = { $0?.content() }
    }

    /// The value of an entry for the setting; nil is no entry.
    ///
    /// - Throws: ``ClusterRunnerError`` when there must be one, as in the configuration of a service that does not have the
    ///   setting.
    func value(of entry: ConfigurationValue?) throws -> Value {
        guard let value = extract(entry) else {
            throw ClusterRunnerError(.invalidArgument, "The configuration has no usable value of \(self).")
        }
        return value
    }
}

/// A setting without the type of its value.
protocol DeclaredSetting: Sendable, CustomStringConvertible {
    /// The key that it declares.
    var key: ConfigurationKey { get }
}

extension Setting: DeclaredSetting {}

extension DeclaredSetting {
    /// The key as it is written in the file.
    var name: String { key.name }
    var description: String { name }
}

/// The settings of one section, each a stored property, in the order of the example file.
protocol SettingGroup: Sendable {}

extension SettingGroup {
    /// The keys of all settings, found by reflection, so that a declared setting cannot be left out.
    var all: [ConfigurationKey] {
        Mirror(reflecting: self).children.compactMap { ($0.value as? any DeclaredSetting)?.key }
    }
}
