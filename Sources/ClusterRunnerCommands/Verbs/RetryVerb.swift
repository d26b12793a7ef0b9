import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerWire

/// The verb `clusterrunner retry`.
struct RetryVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Run an ended build again, at the same commit.",
        discussion: "It only requests the new build; follow it with: clusterrunner logs --follow NUMBER"
    )

    @OptionGroup var master: MasterOptions

    @Flag(help: "Only the atoms that failed.")
    var failed = false

    @Argument(help: "The number of the ended build.")
    var build: BuildID

    func run() async throws {
        let (new, address) = try await master.withMaster { client in
            (try await client.retry(build: build, onlyFailed: failed), "\(client.address)")
        }
        try master.print(BuildCreatedAnswer(new)) {
            ["Build \(new), \(failed ? "of the failed atoms " : "")of build \(build), is queued at \(address)."]
        }
    }
}
