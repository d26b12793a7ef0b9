/// One key of `clusterrunner.conf`, declared once.
///
/// The declaration feeds the parsing of file, environment and flags, and the text of `clusterrunner.conf.example`.
package struct ConfigurationKey: Sendable, Equatable {
    /// The key in the file.
    package let name: String
    /// The section of the key, which determines its place in the example file and its environment variable.
    package let home: ConfigurationSection
    /// The kind of its values.
    package let kind: Kind
    /// The default in the file's notation; nil without a default, or with one that depends on the machine.
    package let defaultText: String?
    /// One sentence for the example file.
    package let help: String
    /// The sections that may contain it.
    package let sections: [ConfigurationSection]
    /// The command-line option in error messages.
    package let flag: String

    /// The kinds of values.
    package enum Kind: Sendable, Equatable {
        case string
        case choice([String])
        case integer(ClosedRange<Int>)
        case seconds(ClosedRange<Double>)
        case boolean
        /// A host name or address, without a port.
        case host
        /// A comma list of hosts.
        case hosts
        /// A regular expression.
        case pattern
        /// An absolute path, or one that begins with `~/`.
        case path
        /// Like ``path``, or relative to `base_directory`.
        case pathBelowBase
        /// Like ``pathBelowBase``, or `STDOUT`.
        case outputBelowBase
        case secret
    }

    init(
        _ name: String,
        in home: ConfigurationSection,
        _ kind: Kind,
        default defaultText: String? = nil,
        flag: String? = nil,
        onlyAtHome: Bool = false,
        help: String
    ) {
        self.name = name
        self.home = home
        self.kind = kind
        self.defaultText = defaultText
        self.help = help
        self.flag = flag ?? "--" + name.replacing("_", with: "-")
        if onlyAtHome {
            sections = [home]
        } else {
            // A service's section overrides [general] for that service, and [general] sets both services.
            sections = home == .general ? ConfigurationSection.allCases : [home, .general]
        }
    }

    /// The documented environment variable: `CLUSTERRUNNER_SECRET`, `CLUSTERRUNNER_MASTER_PORT`.
    package var environmentName: String { environmentName(in: home) }

    /// Returns the environment variable that is equivalent to an entry in a section.
    ///
    /// One name may set two keys: `CLUSTERRUNNER_MASTER_PORT` is `port` of `[master]`, and `master_port` of
    /// `[general]`, which is the master's port for slaves and clients.
    func environmentName(in section: ConfigurationSection) -> String {
        let prefix = section == .general ? "" : section.rawValue + "_"
        return Self.environmentPrefix + (prefix + name).uppercased()
    }

    /// The prefix of all environment variables.
    static let environmentPrefix = "CLUSTERRUNNER_"

    /// Whether `None` means no value, as in the configuration files of ClusterRunner 1.x.
    var isOptional: Bool { defaultText == nil && kind != .secret }
}

/// The sections of `clusterrunner.conf`.
package enum ConfigurationSection: String, Sendable, CaseIterable {
    case general
    case master
    case slave

    /// The sections that apply to this one, in order of precedence.
    var precedence: [Self] { self == .general ? [.general] : [self, .general] }
}
