import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation

/// The verb `clusterrunner status`.
struct StatusVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the builds of a master, or one of them.",
        discussion: """
            Without a number it lists the newest builds, the newest last. When no master answers, the builds are those \
            that ran on this machine without one.
            """
    )

    @OptionGroup var master: MasterOptions

    @Option(name: .shortAndLong, help: "The number of builds to list.")
    var limit = 20

    @Argument(help: "The number of a build.")
    var build: BuildID?

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be at least 1, not \(limit).") }
    }

    func run() async throws {
        let now = Date().timeIntervalSince1970
        if let build {
            let (status, link) = try await master.withMaster(of: build) { client, isEmbedded in
                (try await client.build(build), isEmbedded ? nil : client.dashboard(of: build))
            }
            return try master.print(BuildAnswer(status)) {
                let overview = BuildOverview(status: status, now: now, link: link)
                return overview.lines(width: Terminal.width, style: try master.style())
            }
        }
        let builds = try await allBuilds().suffix(limit)
        try master.print(BuildsAnswer(Array(builds))) {
            BuildList(builds: Array(builds), now: now).lines(width: Terminal.width, style: try master.style())
        }
    }

    /// Returns the builds of the master, or those of this machine when none answers.
    private func allBuilds() async throws -> [BuildRepresentation] {
        try await master.withMaster { client in
            try await client.builds()
        } locally: { local, error in
            Terminal.printError("\(error) These are the builds of the embedded cluster on this machine.")
            return try await local.builds()
        }
    }
}
