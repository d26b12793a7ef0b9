import ArgumentParser
import ClusterRunnerDomain

/// The verb `clusterrunner watch`.
struct WatchVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show a build of a master until it has ended.",
        discussion: """
            It shows what \"clusterrunner build\" shows, and exits with the same codes. An interrupt leaves the build \
            as it is. Fetch its results with: clusterrunner download NUMBER
            """
    )

    @OptionGroup var master: MasterOptions

    @Flag(help: "Show the end of an atom's output when it fails, not only when the build has ended.")
    var followFailures = false

    @Argument(help: "The number of the build.")
    var build: BuildID

    func run() async throws {
        try await master.follow(.known(build), followsFailures: followFailures)
    }
}
