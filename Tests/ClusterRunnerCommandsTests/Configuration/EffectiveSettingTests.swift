import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerCommands

@Suite struct EffectiveSettingTests {
    let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    private func load(_ text: String, environment: [String: String] = [:]) throws -> LoadedConfiguration {
        let file = try scratch.write("[general]\nsecret = 0123456789\n" + text, to: "test.conf")
        let environment = environment.merging(["HOME": "/home/someone"]) { own, _ in own }
        return try ConfigurationLoader(file: file, environment: environment).load()
    }

    private func setting(_ name: String, in settings: [EffectiveSetting]) throws -> EffectiveSetting {
        try #require(settings.last { $0.key.name == name })
    }

    @Test func `Each value has the source that decided`() throws {
        let loaded = try load(
            "log_level = info\nport = 7\n[master]\nport = 8\n[slave]\nlog_level = debug\n",
            environment: ["CLUSTERRUNNER_MASTER_MIN_FREE_DISK_MB": "5"]
        )
        let master = try loaded.effective(for: .master, flags: [GeneralConfiguration.keys.eventlogFilename: "events"])
        let level = try setting("log_level", in: master)
        #expect(level.text == "INFO" && level.source == .file(section: .general, line: 3))
        #expect(try setting("port", in: master).source == .file(section: .master, line: 6))
        #expect(
            try setting("min_free_disk_mb", in: master).source == .environment("CLUSTERRUNNER_MASTER_MIN_FREE_DISK_MB")
        )
        #expect(try setting("eventlog_filename", in: master).source == .option("--eventlog-file"))
        let timeout = try setting("shutdown_timeout", in: master)
        #expect(timeout.text == "600" && timeout.source == .defaultValue)
        let slave = try loaded.effective(for: .slave)
        #expect(try setting("log_level", in: slave).source == .file(section: .slave, line: 8))
        #expect(try setting("port", in: slave).source == .file(section: .general, line: 4))
    }

    @Test func `The values are those that the services read`() throws {
        let loaded = try load("base_directory = ~/data\n[slave]\nmax_console_mb = 3\n")
        let slave = try loaded.effective(for: .slave)
        #expect(try setting("base_directory", in: slave).text == (try loaded.slave().general.baseDirectory))
        #expect(try setting("max_console_mb", in: slave).text == "3")
        // A name in [general] is that of the master's log.
        #expect(try setting("eventlog_filename", in: slave).text == nil)
    }

    @Test func `Secrets and passwords are masked`() throws {
        let loaded = try load("[notify]\nsecret = 9876543210\nurl = https://user:hidden@example.org/hook\n")
        let master = try loaded.effective(for: .master)
        let texts = master.compactMap(\.text).joined(separator: "\n")
        #expect(!texts.contains("0123456789") && !texts.contains("9876543210") && !texts.contains("hidden"), "\(texts)")
        #expect(master.filter { $0.key.name == "secret" }.map(\.text) == ["<secret>", "<secret>"])
        let list = SettingList(role: .master, file: "/etc/c.conf", settings: master)
        #expect(list.lines(width: nil, style: .plain).first == "Configuration of a master; the file is /etc/c.conf:")
        #expect(!(try list.json.line).contains("9876543210"))
    }
}
