import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin

/// The verb `clusterrunner delete`.
struct DeleteVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete ended builds of a master with their results.",
        discussion: "The run times of their atoms stay, so that later builds are planned as before."
    )

    @OptionGroup var master: MasterOptions

    @Argument(help: "The numbers of the builds.")
    var builds: [BuildID]

    func run() async throws {
        let areAllDeleted = try await master.withMaster { client in
            var areAllDeleted = true
            for build in builds where !(try await delete(build, client)) { areAllDeleted = false }
            return areAllDeleted
        }
        guard areAllDeleted else { throw CommandExit.couldNotRun }
    }

    /// Deletes a build; returns false, after a line about the reason, if the master refuses that.
    private func delete(_ build: BuildID, _ client: MasterClient) async throws -> Bool {
        do {
            let message = try await client.delete(build: build)
            let answer: JSONValue = ["build_id": .integer(build), "message": .string(message)]
            try master.print(answer) { [message] }
            return true
        } catch let error as ClusterRunnerError where error.code == .notFound || error.code == .invalidState {
            Terminal.printError("clusterrunner: \(error.message)")
            return false
        }
    }
}
