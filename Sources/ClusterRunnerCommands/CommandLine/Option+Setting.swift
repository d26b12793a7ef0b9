import ArgumentParser

extension Option where Value == String? {
    /// The option that stands for a setting, with the names and the help of its declaration.
    init(_ setting: some DeclaredSetting) {
        let key = setting.key
        let short = key.flag.short.map { [NameSpecification.Element.customShort($0)] } ?? []
        self.init(
            name: NameSpecification(short + [.customLong(key.flagName)]),
            help: ArgumentHelp(key.flag.help ?? key.help, valueName: key.flag.valueName)
        )
    }
}
