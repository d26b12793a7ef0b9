import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerWire

extension MasterOptions {
    /// Follows a build with the embedded clusters of this machine, because no master answers.
    typealias Locally = (LocalBuilds, MasterUnreachable, BuildOutput) async throws -> CommandExit?

    /// Follows a build of the master to its end, as `clusterrunner build` does; `locally` does so when none answers.
    ///
    /// - Throws: ``CommandExit`` unless every atom succeeded.
    func follow(
        _ origin: BuildOrigin,
        detaches: Bool = false,
        followsFailures: Bool,
        results: ResultsDirectory? = nil,
        selection: ResultsSelection = .all,
        locally: Locally = { _, error, _ in throw error }
    ) async throws {
        let composition = try Composition.required()
        let output = BuildOutput(
            isJSON: json,
            isQuiet: common.quiet,
            followsFailures: followsFailures,
            environment: composition.environment
        )
        let exit: CommandExit? = try await withMaster { client in
            try await BuildRun(
                client: client,
                origin: origin,
                detaches: detaches,
                archiver: composition.archiver,
                results: results,
                selection: selection,
                output: output,
                isEmbedded: false,
                abandonment: OneShotSignal()
            ).perform()
        } locally: { local, error in
            try await locally(local, error, output)
        }
        if let exit { throw exit }
    }
}
