import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// The verb `clusterrunner watch`.
struct WatchVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show a build until it has ended.",
        discussion: """
            It shows what \"clusterrunner build\" shows, and exits with the same codes. An interrupt leaves the build \
            as it is. Fetch its results with: clusterrunner download NUMBER. When no master answers, the build is one \
            of the embedded cluster on this machine.
            """
    )

    @OptionGroup var master: MasterOptions

    @Flag(help: "Show the end of an atom's output when it fails, not only when the build has ended.")
    var followFailures = false

    @Argument(help: "The number of the build.")
    var build: BuildID

    func run() async throws {
        try await master.follow(.known(build), followsFailures: followFailures) { local, error, output in
            let place = try await master.place(of: build, in: local, after: error)
            return try await local.withEndingClient(in: place.directory) { client in
                try await run(client, output)
            }
        }
    }

    private func run(_ client: MasterClient, _ output: BuildOutput) async throws -> CommandExit? {
        try await BuildRun(
            client: client,
            origin: .known(build),
            archiver: try Composition.required().archiver,
            results: nil,
            output: output,
            isEmbedded: true,
            abandonment: OneShotSignal()
        ).perform()
    }
}
