import ClusterRunnerPlugin

/// The value that holds for a key in one role, and its source.
struct EffectiveSetting {
    let key: ConfigurationKey
    /// The value; nil or unset without one.
    let value: ConfigurationValue?
    let source: ConfigurationSource

    /// The value as the file would write it, with passwords and secrets masked; nil without one.
    var text: String? { key.text(of: value).map { Credentials.masked(in: $0) } }
}

/// The source of a value.
enum ConfigurationSource: Equatable {
    /// An option of the command line, with its dashes.
    case option(String)
    /// An environment variable.
    case environment(String)
    /// A line of the configuration file.
    case file(section: ConfigurationSection, line: Int)
    case defaultValue
    /// A random value, which no source has.
    case generated
}

extension ConfigurationSource {
    /// The source in a table; the file is named elsewhere.
    var text: String {
        switch self {
        case .option(let name), .environment(let name): name
        case .file(let section, let line): "line \(line), [\(section.rawValue)]"
        case .defaultValue: "default"
        case .generated: "made at the first start"
        }
    }

    /// The kind of source.
    var kind: String {
        switch self {
        case .option: "option"
        case .environment: "environment"
        case .file: "file"
        case .defaultValue: "default"
        case .generated: "generated"
        }
    }
}
