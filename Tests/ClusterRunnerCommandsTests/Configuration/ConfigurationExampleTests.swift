import ClusterRunnerFiles
import Glibc
import Testing

@testable import ClusterRunnerCommands

@Suite struct ConfigurationExampleTests {
    private let path =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        .joined(separator: "/") + "/clusterrunner.conf.example"

    @Test func `The example in the repository is the one that is made from the keys`() throws {
        if getenv("UPDATE_EXAMPLE") != nil {
            try OpenFile.replace(path, with: Array(ConfigurationExample.text.utf8), mode: 0o644)
        }
        #expect(
            ScratchDirectory.text(of: path) == ConfigurationExample.text,
            "Write it anew with: UPDATE_EXAMPLE=1 swift test --filter ConfigurationExampleTests"
        )
    }

    @Test func `Every key has its line in the example, and every line of the example its key`() throws {
        let text = try #require(ScratchDirectory.text(of: path))
        let uncommented = INIFile(text.replacing("\n# ", with: "\n"))
        #expect(uncommented.faults.isEmpty)
        let lines = Set(uncommented.entries.map { "[\($0.section)] \($0.key) = \($0.value.text ?? "")" })
        let keys = Set(ConfigurationKey.table.map { "[\($0.home.rawValue)] \($0.name) = \($0.defaultText ?? "")" })
        #expect(lines == keys)
        #expect(uncommented.entries.count == ConfigurationKey.table.count)
    }

    @Test func `The example as it stands, and with its defaults uncommented, means the defaults`() throws {
        let scratch = try ScratchDirectory()
        let secret = "\n[general]\nsecret = 0123456789\n"
        let defaults = ConfigurationExample.text.split(separator: "\n").map { line in
            line.hasPrefix("# ") && !line.hasSuffix("=") ? String(line.dropFirst(2)) : String(line)
        }
        // Under one name: the configuration knows its file.
        func load(_ text: String) throws -> LoadedConfiguration { try self.load(scratch.write(text, to: "test.conf")) }
        let bare = try load(secret)
        for text in [ConfigurationExample.text + secret, defaults.joined(separator: "\n") + secret] {
            let example = try load(text)
            #expect(try example.master() == bare.master())
            #expect(try example.slave() == bare.slave())
            #expect(try example.general() == bare.general())
        }
    }

    @Test func `Every key has one sentence of help`() {
        for key in ConfigurationKey.table {
            #expect(key.help.hasSuffix("."), "\(key.name)")
            #expect(!key.help.dropLast().contains(". "), "\(key.name)")
            #expect(key.help.count < 115, "\(key.name)")
        }
    }

    @Test func `Every key has an environment variable of its own`() {
        let names = ConfigurationKey.table.map(\.environmentName)
        #expect(Set(names).count == names.count)
        #expect(names.contains("CLUSTERRUNNER_MASTER_PORT"))
        #expect(names.contains("CLUSTERRUNNER_SLAVE_NUM_EXECUTORS"))
        #expect(names.contains("CLUSTERRUNNER_SECRET"))
    }

    @Test func `Keys of one name in two sections have one kind, because either may stand in general`() {
        for (name, keys) in Dictionary(grouping: ConfigurationKey.table, by: \.name) {
            #expect(keys.allSatisfy { $0.expectation == keys.first?.expectation }, "\(name)")
        }
    }

    private func load(_ file: String) throws -> LoadedConfiguration {
        try ConfigurationLoader(file: file, environment: ["HOME": "/home/someone"]).load()
    }
}
