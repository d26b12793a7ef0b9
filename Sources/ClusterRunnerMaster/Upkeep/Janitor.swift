import ClusterRunnerConcurrency
import ClusterRunnerDomain
import Logging

/// Removes expired builds with their results, and returns the memory of ended builds to the system.
struct Janitor: Sendable {
    let removal: BuildRemoval
    let retention: Retention
    let timekeeper: Timekeeper
    let logger: Logger
    private var store: any BuildStore { removal.store }
    private let start: Moment
    private let wakes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// The time between two searches for expired builds, in addition to the search after each build.
    private static let interval = Duration.seconds(3600)
    private static let pageSize = 100

    init(
        removal: BuildRemoval,
        retention: Retention,
        timekeeper: Timekeeper,
        logger: Logger
    ) {
        self.removal = removal
        self.retention = retention
        self.timekeeper = timekeeper
        self.logger = logger
        start = timekeeper.now
        (wakes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Wakes the janitor after a build has ended.
    func wake() {
        continuation.yield()
    }

    /// Runs until the surrounding task is canceled.
    func run() async {
        await tolerating { try await removeOrphans() }
        wake()
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    try await timekeeper.sleep(for: Self.interval)
                    wake()
                }
            }
            for await _ in wakes {
                await tolerating { try await tidy() }
                FreeMemory.giveBack()
            }
            group.cancelAll()
        }
    }

    /// Removes expired builds; returns their numbers.
    @discardableResult
    func tidy() async throws -> [BuildID] {
        var removed: [BuildID] = []
        while true {
            let builds = Set(try await surplus()).union(try await expired()).sorted()
            guard !builds.isEmpty else { return removed }
            for build in builds { try await remove(build) }
            removed += builds
        }
    }

    /// Returns the builds beyond the maximum number.
    private func surplus() async throws -> [BuildID] {
        guard let most = retention.builds else { return [] }
        let page = StorePage(offset: most, limit: Self.pageSize)
        let query = BuildQuery(states: BuildState.final, newestFirst: true, page: page)
        return try await store.builds(query).map(\.id)
    }

    private func expired() async throws -> [BuildID] {
        guard let days = retention.days else { return [] }
        let limit = earliestNow - Double(days) * 86_400
        let oldest = try await store.builds(
            BuildQuery(states: BuildState.final, page: StorePage(limit: Self.pageSize))
        )
        return oldest.filter { $0.timestamps[$0.state] ?? limit < limit }.map(\.id)
    }

    /// The earlier of the wall clock and a clock that does not jump, so that a wrongly set clock costs no results.
    private var earliestNow: Double {
        let now = timekeeper.now
        return min(now.wall, start.wall + (now.uptime - start.uptime).inSeconds)
    }

    private func remove(_ build: BuildID) async throws {
        try await removal.remove(build)
        logger.info("Build \(build) was removed by results_retention_days or results_max_builds.")
    }

    /// Removes the results of builds that the store does not know.
    private func removeOrphans() async throws {
        for build in removal.folders.resultNumbers where try await store.build(build) == nil {
            removal.removeResults(of: build)
        }
    }

    private func tolerating(_ operation: () async throws -> Void) async {
        do {
            try await operation()
        } catch is CancellationError {
            return
        } catch {
            logger.error("Old builds could not be removed: \(error)")
        }
    }
}

extension BuildState {
    /// The final states.
    static let final = Set(allCases.filter(\.isFinal))
}
