import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin

/// The prepared projects of unfinished builds, for slaves that fetch them and for their teardown.
final class PreparedProjects: Sendable {
    private struct Place {
        var project: (any ProjectType)?
        var workspace: LentWorkspace?
        /// Fires when the project is ready; nil once it is.
        var readiness: OneShotSignal?
    }

    private let places = Lock<[BuildID: Place]>([:])

    /// Announces the project of a build: ``project(of:)`` waits until ``isReady(build:)``.
    func expect(build: BuildID) {
        places.withLock { $0[build] = Place(readiness: OneShotSignal()) }
    }

    /// Keeps the project of a build.
    func put(_ project: any ProjectType, build: BuildID) {
        places.withLock { $0[build, default: Place()].project = project }
    }

    /// Keeps the workspace that is lent to a build until the build is over.
    func put(_ workspace: LentWorkspace, build: BuildID) {
        places.withLock { $0[build, default: Place()].workspace = workspace }
    }

    /// Marks the expected project of a build as ready.
    func isReady(build: BuildID) {
        let readiness = places.withLock { places in
            defer { places[build]?.readiness = nil }
            return places[build]?.readiness
        }
        readiness?.fire()
    }

    /// Returns the project of a build, once it is ready.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidState`` when the build is over.
    func project(of build: BuildID) async throws -> any ProjectType {
        await places.withLock { $0[build]?.readiness }?.wait()
        try Task.checkCancellation()
        guard let project = places.withLock({ $0[build]?.project }) else {
            throw ClusterRunnerError(.invalidState, "Build \(build) has no project to hand out: it is not running.")
        }
        return project
    }

    /// Removes and returns the project of a build and the workspace that was lent to it.
    func take(build: BuildID) -> (project: (any ProjectType)?, workspace: LentWorkspace?) {
        let place = places.withLock { $0.removeValue(forKey: build) }
        place?.readiness?.fire()
        return (place?.project, place?.workspace)
    }
}
