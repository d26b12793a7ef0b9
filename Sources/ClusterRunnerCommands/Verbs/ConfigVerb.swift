import ArgumentParser
import ClusterRunnerPlugin

/// The verb `clusterrunner config`.
struct ConfigVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show the configuration of this machine and where each value comes from.",
        discussion: """
            Without a role it shows that of a master and that of a slave. Other commands use the values of a slave. \
            Secrets are not shown.
            """
    )

    /// The services that read the configuration.
    enum Role: String, ExpressibleByArgument, CaseIterable {
        case master, slave

        fileprivate var section: ConfigurationSection { self == .master ? .master : .slave }
    }

    @OptionGroup var common: CommonOptions

    @Flag(help: "Print a JSON object for each role, one a line.")
    var json = false

    @Argument(help: "The role: master or slave.")
    var role: Role?

    func run() async throws {
        let composition = try Composition.required()
        let loader = ConfigurationLoader(file: common.configFile, environment: composition.environment)
        let loaded = try loader.loadExisting()
        let style = TextStyle.choose(isTerminal: Terminal.isInteractive, environment: composition.environment)
        let lists = try (role.map { [$0] } ?? Role.allCases).map { role in
            // A service would refuse values that do not fit together.
            _ = role == .master ? try loaded.master().general : try loaded.slave().general
            let settings = try loaded.effective(for: role.section)
            return SettingList(role: role.section, file: loaded.path, settings: settings)
        }
        for (index, list) in lists.enumerated() {
            if json { Terminal.print(try list.json.line) } else { show(list, isFirst: index == 0, style) }
        }
    }

    private func show(_ list: SettingList, isFirst: Bool, _ style: TextStyle) {
        if !isFirst { Terminal.print("") }
        for line in list.lines(width: Terminal.width, style: style) { Terminal.print(line) }
    }
}
