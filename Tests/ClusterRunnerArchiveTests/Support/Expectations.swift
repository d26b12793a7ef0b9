import ClusterRunnerArchive
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Testing

/// Runs the body, which must throw a `ClusterRunnerError`, and returns the error.
func failure(
    _ sourceLocation: SourceLocation = #_sourceLocation,
    of body: () async throws -> Void
) async throws -> ClusterRunnerError {
    var thrown: (any Error)?
    do { try await body() } catch { thrown = error }
    return try #require(thrown as? ClusterRunnerError, "what was thrown", sourceLocation: sourceLocation)
}

/// Runs the body in a task that is already canceled.
func whileCanceled(_ body: @escaping @Sendable () async throws -> Void) async -> Result<Void, any Error> {
    await withTaskGroup(of: Result<Void, any Error>.self) { group in
        group.cancelAll()
        group.addTask {
            do { return .success(try await body()) } catch { return .failure(error) }
        }
        return await group.next() ?? .success(())
    }
}

extension LibArchiver {
    /// Extracts with limits that only the tests of the limits reach.
    @discardableResult
    func extract(_ path: String, into directory: String) async throws -> ArchiveNotes {
        try await extract(path, into: directory, limits: ArchiveLimits())
    }
}
