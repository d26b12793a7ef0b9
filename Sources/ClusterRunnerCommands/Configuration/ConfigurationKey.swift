/// One key of `clusterrunner.conf`, declared once.
///
/// The declaration feeds the parsing of file, environment and flags, and the text of `clusterrunner.conf.example`.
package struct ConfigurationKey: Sendable, Equatable {
    /// The key as it is written in the file.
    package let name: String
    /// The section it belongs to: the example file has its line there, and its environment variable its name from it.
    package let home: ConfigurationSection
    /// What values it takes.
    package let kind: Kind
    /// The default as the file would write it; nil when there is none or it depends on the machine.
    package let defaultText: String?
    /// One sentence for the example file.
    package let help: String
    /// The sections it may stand in.
    package let sections: [ConfigurationSection]
    /// The command line's option for it, as errors name it.
    package let flag: String

    /// What values a key takes.
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
            // A service's section overrides [general] for that service, and [general] holds for both services.
            sections = home == .general ? ConfigurationSection.allCases : [home, .general]
        }
    }

    /// The environment variable that documentation names: `CLUSTERRUNNER_SECRET`, `CLUSTERRUNNER_MASTER_PORT`.
    package var environmentName: String { environmentName(in: home) }

    /// The environment variable that sets it as an entry of a section would.
    ///
    /// One name may set two keys: `CLUSTERRUNNER_MASTER_PORT` is `port` of `[master]`, and `master_port` of `[general]`,
    /// which tells slaves and clients where the master is.
    func environmentName(in section: ConfigurationSection) -> String {
        let prefix = section == .general ? "" : section.rawValue + "_"
        return Self.environmentPrefix + (prefix + name).uppercased()
    }

    /// The beginning of the name of every environment variable of the product.
    static let environmentPrefix = "CLUSTERRUNNER_"

    /// Whether `None` stands for no value, as in the configuration files of ClusterRunner 1.x.
    var isOptional: Bool { defaultText == nil && kind != .secret }
}

/// The sections of `clusterrunner.conf`.
package enum ConfigurationSection: String, Sendable, CaseIterable {
    case general
    case master
    case slave

    /// The sections whose entries hold for this one, the one that decides first.
    var precedence: [Self] { self == .general ? [.general] : [self, .general] }
}
