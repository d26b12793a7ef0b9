import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerCommands

@Suite struct SettingTests {
    private let roots = ConfigurationKey.Roots(home: "/home/someone")

    /// Some settings of a service that does not exist.
    private struct Keys: SettingGroup {
        let count = Setting("count", in: .master, .integer(1...9), default: 3, flag: .init(short: "c"), help: "Count.")
        let host = Setting("host", in: .master, .host, help: "Host.")
        let pause = Setting("pause", in: .slave, .time, default: .milliseconds(2_500), help: "Pause.")
        let pin = Setting(required: "pin", onlyIn: .general, .secret, help: "Pin.")
    }

    private let keys = Keys()

    private func values(_ texts: [String: String]) throws -> ConfigurationValues {
        var values: [String: ConfigurationValue] = [:]
        for key in keys.all {
            values[key.name] = try texts[key.name].map { try key.read(INIValue(verbatim: $0), roots: roots) }
        }
        return ConfigurationValues(values)
    }

    @Test func `The settings of a group are found in the order in which they are declared`() {
        #expect(keys.all.map(\.name) == ["count", "host", "pause", "pin"])
        #expect(keys.all.map(\.sections.first) == [.master, .master, .slave, .general])
        #expect(keys.all.map(\.sections.count) == [2, 2, 2, 1])
        #expect(keys.all.map(\.defaultText) == ["3", nil, "2.5", nil])
        #expect(keys.all.map(\.isOptional) == [false, true, false, false])
    }

    @Test func `A value is read by its declaration, in the type that it declares`() throws {
        let values = try values(["count": "4", "host": "[::1]", "pause": "0.5", "pin": "12345678"])
        #expect(try values[keys.count] == 4)
        #expect(try values[keys.host] == "::1")
        #expect(try values[keys.pause] == .milliseconds(500))
        #expect(try values[keys.pin] == Secret("12345678"))
    }

    @Test func `Only a setting that may have no value has none`() throws {
        #expect(try values([:])[keys.host] == nil)
        #expect(try values(["host": "None"])[keys.host] == nil)
        #expect(refusal { _ = try values([:])[keys.count] } == "The configuration has no usable value of count.")
        #expect(refusal { _ = try values([:])[keys.pin] } == "The configuration has no usable value of pin.")
    }

    @Test func `A master has no settings of slaves`() {
        let master = ConfigurationKey.table.filter { $0.matters(to: .master) }.map(\.name)
        #expect(master.contains("max_uploads") && master.contains("log_level"))
        #expect(!master.contains("num_executors"))
    }

    @Test func `Every default is a value of its type`() throws {
        for key in ConfigurationKey.table where key.defaultText != nil {
            #expect(throws: Never.self, "\(key.name)") { try key.defaultValue(roots: roots) }
        }
    }

    @Test(arguments: [
        (ConfigurationSection.master, ["eventlog_filename", "port"]),
        (.slave, ["eventlog_filename", "port", "num_executors"]),
    ])
    func `The help of a flag is that of the setting that it stands for`(
        section: ConfigurationSection,
        names: [String]
    ) throws {
        let screen = HelpScreen(section.rawValue, "--help").text
        for name in names {
            let key = try #require(ConfigurationKey.table.first { $0.name == name && $0.matters(to: section) })
            #expect(screen.contains("--\(key.flagName) <"), "\(name)")
            #expect(screen.contains("  \(key.flag.help ?? key.help)\n"), "\(name)")
        }
    }
}
