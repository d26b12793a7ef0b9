import ClusterRunnerPlugin
import ClusterRunnerTerminal

/// The effective configuration of one role.
struct SettingList {
    let role: ConfigurationSection
    /// The path of the configuration file; nil without one.
    let file: String?
    let settings: [EffectiveSetting]

    /// Returns the lines for a terminal with a number of columns.
    func lines(width: Int?, style: TextStyle) -> [String] {
        var table = TextTable(columns: [.init("SECTION"), .init("KEY"), .init("VALUE", mayShrink: true), .init("FROM")])
        table.rows = settings.map { setting in
            let isDefault = setting.source == .defaultValue
            return [
                .init(setting.key.home.rawValue), .init(setting.key.name), .init(setting.text ?? "-"),
                .init(setting.source.text, isDefault ? .dim : nil),
            ]
        }
        let origin = file.map { "the file is \($0)" } ?? "there is no configuration file"
        return ["Configuration of a \(role.rawValue); \(TerminalText.line(origin)):"]
            + table.lines(width: width, style: style)
    }

    /// The same as a JSON object.
    var json: JSONValue {
        [
            "role": .string(role.rawValue), "file": file.map(JSONValue.string) ?? .null,
            "settings": .array(settings.map(json)),
        ]
    }

    private func json(_ setting: EffectiveSetting) -> JSONValue {
        var members: [String: JSONValue] = [
            "section": .string(setting.key.home.rawValue), "key": .string(setting.key.name),
            "value": setting.text.map(JSONValue.string) ?? .null, "source": .string(setting.source.kind),
        ]
        switch setting.source {
        case .option(let name), .environment(let name): members["name"] = .string(name)
        case .file(let section, let line):
            members["in"] = .string(section.rawValue)
            members["line"] = .integer(line)
        case .defaultValue, .generated: break
        }
        return .object(members)
    }
}
