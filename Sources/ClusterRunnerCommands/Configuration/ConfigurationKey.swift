/// One key of `clusterrunner.conf` as its ``Setting`` declares it, without the type of its values.
///
/// The sources of a configuration are read by it, and `clusterrunner.conf.example` and the help of flags are made from it.
struct ConfigurationKey: Sendable {
    /// The key as it is written in the file.
    let name: String
    /// The section it belongs to: the example file has its line there, and its environment variable its name from it.
    let home: ConfigurationSection
    /// The sections it may stand in.
    let sections: [ConfigurationSection]
    /// The values it takes, as errors name them.
    let expectation: String
    /// The default as the file would write it; nil when there is none or it depends on the machine.
    let defaultText: String?
    /// Whether `None` stands for no value, as in the configuration files of ClusterRunner 1.x.
    let isOptional: Bool
    /// The option of the command line that stands for it.
    let flag: Flag
    /// One sentence for the example file, and for the help of its flag.
    let help: String
    private let reader: @Sendable (INIValue, Roots) throws(Misfit) -> any Sendable
    private let writer: @Sendable (ConfigurationValue?) -> String?

    /// An option of the command line that stands for a key.
    struct Flag: Sendable {
        /// Its name without dashes; nil is that of the key.
        var name: String?
        /// Its name of one letter.
        var short: Character?
        /// The name of its value in help screens; nil is that of the flag.
        var valueName: String?
        /// Its help where the sentence of the example file does not fit.
        var help: String?
    }

    /// The reason why a value does not fit.
    struct Misfit: Error {
        /// The rest of a sentence that begins with the key.
        let predicate: String
    }

    /// The directories in which relative and home paths begin.
    struct Roots {
        /// The directory that `~` stands for.
        let home: String
        /// The directory that a relative path is relative to; nil refuses it.
        var current: String?
    }

    init<Value>(
        _ name: String,
        in home: ConfigurationSection,
        _ type: SettingType<Value>,
        defaultText: String? = nil,
        isOptional: Bool = false,
        sections: [ConfigurationSection]? = nil,
        flag: Flag = Flag(),
        help: String
    ) {
        self.name = name
        self.home = home
        // A service's section overrides [general] for that service, and [general] holds for both services.
        self.sections = sections ?? home.hosts
        expectation = type.expectation
        self.defaultText = defaultText
        self.isOptional = isOptional
        self.flag = flag
        self.help = help
        reader = { (value, roots) throws(Misfit) in try type.read(value, roots) }
        writer = { $0?.content(as: Value.self).map(type.write) }
    }

    /// Every key there is, in the order of the example file.
    ///
    /// Keys of one name in two sections have the same type, because either may stand in `[general]` for both.
    static let table =
        GeneralConfiguration.keys.all + MasterConfiguration.keys.all + SlaveConfiguration.keys.all
        + NotifyConfiguration.keys.all

    /// Reads a value of this key.
    func read(_ value: INIValue, roots: Roots) throws(Misfit) -> ConfigurationValue {
        if isOptional, value.text == "None" { return .unset }
        return .set(try reader(value, roots))
    }

    /// Writes a value of this key as the file would; nil without one.
    func text(of value: ConfigurationValue?) -> String? { writer(value) }

    /// The default, read like a value of the file.
    func defaultValue(roots: Roots) throws(Misfit) -> ConfigurationValue? {
        guard let defaultText else { return nil }
        return .set(try reader(INIValue(verbatim: defaultText), Roots(home: roots.home, current: nil)))
    }
}

extension ConfigurationKey {
    /// The name of its flag without dashes.
    var flagName: String { flag.name ?? name.replacing("_", with: "-") }

    /// The environment variable that documentation names: `CLUSTERRUNNER_SECRET`, `CLUSTERRUNNER_MASTER_PORT`.
    var environmentName: String { environmentName(in: home) }

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
}

/// The sections of `clusterrunner.conf`.
package enum ConfigurationSection: String, Sendable, CaseIterable {
    case general
    case master
    case slave
    case notify

    /// The sections whose entries hold for this one, the one that decides first.
    var precedence: [Self] { self == .general || self == .notify ? [self] : [self, .general] }

    /// The sections in which its keys may stand.
    ///
    /// The keys of `[notify]` have short names, which would say nothing elsewhere.
    fileprivate var hosts: [Self] {
        switch self {
        case .general: [.general, .master, .slave]
        case .master, .slave: [self, .general]
        case .notify: [.notify]
        }
    }
}
