import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin

/// The verb `clusterrunner cancel`.
struct CancelVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel a build and kill its commands."
    )

    @OptionGroup var master: MasterOptions

    @Argument(help: "The number of the build.")
    var build: BuildID

    func run() async throws {
        let message = try await master.withMaster(of: build) { client, _ in try await client.cancel(build: build) }
        let answer: JSONValue = ["build_id": .integer(build), "message": .string(message)]
        try master.print(answer) { [message] }
    }
}
