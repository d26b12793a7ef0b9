import ClusterRunnerDomain

/// The removal of ended builds with everything that is kept of them, except for run times and events.
struct BuildRemoval: Sendable {
    let store: any BuildStore
    let folders: MasterFolders
    let consoles: ConsoleKeeper
    let finished: FinishedAnswers

    /// Removes a build that has ended.
    func remove(_ build: BuildID) async throws {
        // The record first: the next start finds files without a record, but a record without files would lie.
        try await store.enqueue([.removeBuild(build)]).durable()
        finished.forget(build: build)
        // Outputs that are still being moved beside the results would stay behind.
        await consoles.finish(build: build)
        removeResults(of: build)
    }

    /// Removes the results of a build that the store does not know.
    func removeResults(of build: BuildID) { folders.removeResults(of: build) }
}
