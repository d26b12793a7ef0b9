import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The build that a slave works for, as the slave's job follows it.
struct JoinedBuild: Sendable {
    let client: MasterClient
    let timekeeper: Timekeeper
    /// The longest wait for an answer of the master about its build.
    var look = Duration.seconds(10)
    /// The time without an answer after which the master counts as gone.
    var patience = Duration.seconds(30)
    /// Prints a line.
    let say: @Sendable (String) -> Void

    /// The ends of the following.
    enum End: Sendable {
        case ended(BuildRepresentation)
        /// The master is gone, and the build had not ended.
        case lost(MasterUnreachable)
        /// The master is gone, and had no build for this slave.
        case tooLate
    }

    private static let interval = Duration.seconds(1)

    /// Follows the master's build to its end; the master may not have it yet.
    func untilEnd() async throws -> End {
        var notes = RegularNotes(timekeeper: timekeeper)
        var search = Search()
        var silentSince: Duration?
        while true {
            do {
                let build = try await next(&search)
                silentSince = nil
                if let build, build.state.isFinal { return .ended(build) }
                if notes.isDue() { say(Self.line(build)) }
            } catch let error as MasterUnreachable {
                let now = timekeeper.now.uptime
                let since = silentSince ?? now
                silentSince = since
                guard now - since < patience else { return search.build == nil ? .tooLate : .lost(error) }
            }
            // The answer about a build that runs comes after a wait.
            if search.build == nil || silentSince != nil { try await timekeeper.sleep(for: Self.interval) }
        }
    }

    /// The search for the build among those of the master, which may keep earlier ones.
    private struct Search {
        var build: BuildID?
        /// The builds that had ended at the first look.
        var earlier: Set<BuildID>?
    }

    private func next(_ search: inout Search) async throws -> BuildRepresentation? {
        if let build = search.build { return try await client.build(build, wait: look) }
        let builds = try await client.builds()
        let earlier = search.earlier ?? Set(builds.filter(\.state.isFinal).map(\.id))
        search.earlier = earlier
        let found = builds.last { !earlier.contains($0.id) }
        search.build = found?.id
        return found
    }

    private static func line(_ build: BuildRepresentation?) -> String {
        guard let build else { return "The master has no build yet." }
        var view = BuildView(build: build.id)
        view.progress = build.progress
        return "Build \(build.id): \(view.countsInWords ?? build.stateWord)."
    }
}
