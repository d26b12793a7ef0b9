import ArgumentParser
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin

/// The verb `clusterrunner retry`.
struct RetryVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Run an ended build again, at the same commit, and wait for its results.",
        discussion: "It shows the new build and fetches its results as \"clusterrunner build\" does. A build of the "
            + "embedded cluster is run again on it."
    )

    @OptionGroup var master: MasterOptions

    @Flag(help: "Only the atoms that failed.")
    var failed = false

    @Flag(help: "Print the number of the new build, and end as soon as the master has queued it.")
    var detach = false

    @OptionGroup var delivery: ResultsOptions

    @Flag(help: "Show the end of an atom's output when it fails, not only when the build has ended.")
    var followFailures = false

    @Argument(help: "The number of the ended build.")
    var build: BuildID

    func run() async throws {
        let results = detach ? nil : try delivery.checkedDirectory()
        try await master.follow(
            .retry(build, onlyFailed: failed),
            detaches: detach,
            followsFailures: followFailures,
            results: results,
            selection: delivery.resultsFor
        ) { local, error, output in
            guard let results else { throw error }
            return try await retry(try await master.place(of: build, in: local, after: error), results, output)
        }
    }

    /// Runs the build again on the embedded cluster that has it.
    private func retry(
        _ place: LocalBuilds.Place,
        _ results: ResultsDirectory,
        _ output: BuildOutput
    ) async throws -> CommandExit? {
        let composition = try Composition.required()
        let loaded = try master.common.load(composition, isFileOptional: true)
        guard let slot = try BaseDirectoryLock.ifFree(place.directory) else {
            throw ClusterRunnerError(
                .invalidState,
                "The embedded cluster that ran build \(build) runs another one. Retry it when that has ended."
            )
        }
        let general = try loaded.general()
        let logger = master.common.makeLogger("retry", general)
        let abandonment = OneShotSignal()
        let cluster = EmbeddedCluster(
            composition: composition.with(MachineProjectTypes(composition, general, logger)),
            master: try loaded.master(),
            slave: try loaded.slave(),
            executors: try loaded.embeddedExecutors(),
            logger: logger,
            slot: slot
        )
        return try await cluster.run(until: abandonment) { [build, failed, delivery] client in
            try await BuildRun(
                client: client,
                origin: .retry(build, onlyFailed: failed),
                archiver: composition.archiver,
                results: results,
                selection: delivery.resultsFor,
                output: output,
                isEmbedded: true,
                abandonment: abandonment
            ).perform()
        }
    }
}
