import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The verb `clusterrunner retry`.
struct RetryVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Run an ended build again, at the same commit.",
        discussion: """
            It only requests the new build; follow it with: clusterrunner logs --follow NUMBER. A build of the embedded \
            cluster is run at once, as "clusterrunner build" does it.
            """
    )

    @OptionGroup var master: MasterOptions

    @Flag(help: "Only the atoms that failed.")
    var failed = false

    @Argument(help: "The number of the ended build.")
    var build: BuildID

    func run() async throws {
        let exit: CommandExit? = try await master.withMaster { client in
            try await request(client)
            return nil
        } locally: { local, error in
            try await retry(try await master.place(of: build, in: local, after: error))
        }
        if let exit { throw exit }
    }

    private func request(_ client: MasterClient) async throws {
        let new = try await client.retry(build: build, onlyFailed: failed)
        try master.print(BuildCreatedAnswer(new)) {
            ["Build \(new), \(failed ? "of the failed atoms " : "")of build \(build), is queued at \(client.address)."]
        }
    }

    /// Runs the build again on the embedded cluster that has it.
    private func retry(_ place: LocalBuilds.Place) async throws -> CommandExit? {
        let composition = try Composition.required()
        let loaded = try master.common.load(composition, isFileOptional: true)
        let results = try ResultsDirectory(nil, currentDirectory: try ConfigurationLoader.currentDirectory())
        try results.check()
        guard let slot = try BaseDirectoryLock.ifFree(place.directory) else {
            throw ClusterRunnerError(
                .invalidState,
                "The embedded cluster that ran build \(build) runs another one. Retry it when that has ended."
            )
        }
        let general = try loaded.general()
        let logger = try master.common.makeLogger("retry", general, toFile: false)
        let abandonment = OneShotSignal()
        let cluster = EmbeddedCluster(
            composition: composition.with(MachineProjectTypes(composition, general, logger)),
            master: try loaded.master(),
            slave: try loaded.slave(),
            executors: try loaded.embeddedExecutors(),
            logger: logger,
            slot: slot
        )
        let output = BuildOutput(
            isJSON: master.json,
            isQuiet: master.common.quiet,
            followsFailures: false,
            environment: composition.environment
        )
        return try await cluster.run(until: abandonment) { [build, failed] client in
            try await BuildRun(
                client: client,
                request: BuildRequestArguments(of: place.build),
                archiver: composition.archiver,
                results: results,
                selection: .all,
                output: output,
                isEmbedded: true,
                abandonment: abandonment,
                retried: RetriedBuild(id: build, onlyFailed: failed)
            ).perform()
        }
    }
}
