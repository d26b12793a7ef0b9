import ArgumentParser
import ClusterRunnerMaster
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerCommands

@Suite struct ConfigurationLimitTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
    }

    /// Returns the settings of a master with a configuration.
    private func settings(_ text: String) throws -> MasterSettings {
        let file = try scratch.write("[general]\nsecret = 0123456789\n[master]\n" + text, to: "test.conf")
        let loader = ConfigurationLoader(file: file, environment: ["HOME": "/home/someone"])
        return try loader.load().master().settings("/base", .real(environment: [:]))
    }

    @Test func `Without any entry the defaults hold`() throws {
        let settings = try settings("")
        #expect(settings.retention == Retention(days: 30))
        #expect(settings.limits == AdmissionLimits())
        #expect(settings.limits == AdmissionLimits(freeBytes: 512 << 20, unfinishedBuilds: 1000, uploads: 32))
        #expect(settings.connections == 10_000)
    }

    @Test func `Every limit reaches the master`() throws {
        let settings = try settings(
            """
            results_retention_days = 7
            results_max_builds = 50
            min_free_disk_mb = 3
            max_unfinished_builds = 4
            max_uploads = 5
            max_connections = 6
            """
        )
        #expect(settings.retention == Retention(days: 7, builds: 50))
        #expect(settings.limits == AdmissionLimits(freeBytes: 3 << 20, unfinishedBuilds: 4, uploads: 5))
        #expect(settings.connections == 6)
    }

    @Test func `Zero days or builds is no limit, and zero free space none is needed`() throws {
        let settings = try settings("results_retention_days = 0\nresults_max_builds = 0\nmin_free_disk_mb = 0\n")
        #expect(settings.retention == Retention())
        #expect(settings.limits.freeBytes == 0)
    }

    @Test(arguments: ["max_unfinished_builds", "max_uploads", "max_connections"])
    func `Other limits cannot be zero`(key: String) {
        let error = #expect(throws: ClusterRunnerError.self) { try settings("\(key) = 0") }
        #expect(error?.message.contains(key) == true)
    }

    @Test func `The largest values can be counted`() throws {
        let settings = try settings("min_free_disk_mb = 1000000000\nresults_retention_days = 36500\n")
        #expect(settings.limits.freeBytes == 1_048_576_000_000_000)
    }
}
