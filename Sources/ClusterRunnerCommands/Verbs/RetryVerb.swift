import ArgumentParser
import ClusterRunnerDomain

/// The verb `clusterrunner retry`.
struct RetryVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Run an ended build again, at the same commit, and wait for its results.",
        discussion: "It shows the new build and fetches its results as \"clusterrunner build\" does."
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
        try await master.follow(
            .retry(build, onlyFailed: failed),
            detaches: detach,
            followsFailures: followFailures,
            results: detach ? nil : try delivery.checkedDirectory(),
            selection: delivery.resultsFor
        )
    }
}
