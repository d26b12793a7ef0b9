import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The verb `clusterrunner download`.
struct DownloadVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Fetch the results of an ended build.",
        discussion: """
            They replace the results of an earlier build in build_results/, or in the directory of --results. A \
            directory with anything else in it is refused.
            """
    )

    @OptionGroup var master: MasterOptions

    @Flag(help: "Only the atoms that failed or were flaky, as --results-for failed.")
    var failed = false

    @OptionGroup var delivery: ResultsOptions

    @Argument(help: "The number of the ended build.")
    var build: BuildID

    func validate() throws {
        guard failed, delivery.resultsFor == .none else { return }
        throw ValidationError("Choose one of --failed and --results-for none.")
    }

    func run() async throws {
        let directory = try delivery.checkedDirectory()
        let archiver = try Composition.required().archiver
        let found = try await master.withMaster(of: build) { client, isEmbedded in
            try await EndingSignals.withRelay { signals in
                let status = try await endedBuild(client)
                let transport = ResultsDelivery(
                    client: client,
                    archiver: archiver,
                    directory: directory,
                    selection: failed ? .failed : delivery.resultsFor,
                    patience: isEmbedded ? .zero : BuildWatch.patienceWithMasters,
                    timekeeper: .system()
                )
                return await signals.untilNext { (status, await transport.deliver(status)) }
            }
        }
        guard let (status, outcome) = found else { throw CommandExit.interrupted }
        try report(outcome, status, directory)
    }

    private func endedBuild(_ client: MasterClient) async throws -> BuildRepresentation {
        let status = try await client.build(build)
        guard status.state.isFinal else {
            throw ClusterRunnerError(
                .invalidState,
                "Build \(build) has not ended, so it has no results yet. Wait for it with: clusterrunner watch \(build)"
            )
        }
        return status
    }

    private func report(
        _ outcome: ResultsDelivery.Outcome,
        _ status: BuildRepresentation,
        _ directory: ResultsDirectory
    ) throws {
        if case .failed(let error) = outcome { throw error }
        let place = outcome.place(directory)
        let answer: JSONValue = ["build_id": .integer(build), "results": place.path.map(JSONValue.string) ?? .null]
        try master.print(answer) { ["Build \(build) \(status.outcome).\(place.text)"] }
        for line in outcome.omissions(directory) { Terminal.printError(line) }
    }
}
