import ClusterRunnerCore
import ClusterRunnerFiles

/// The projects of the builds that are not over, for slaves that fetch them and for their teardown.
actor ProjectShelf {
    private var projects: [Int: any ProjectType] = [:]
    private var workspaces: [Int: LentWorkspace] = [:]

    /// Keeps the project of a build.
    func put(_ project: any ProjectType, build: Int) {
        projects[build] = project
    }

    /// The project of a build.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidState`` when the build is over.
    func project(of build: Int) throws -> any ProjectType {
        guard let project = projects[build] else {
            throw ClusterRunnerError(.invalidState, "Build \(build) has no project to hand out: it is not running.")
        }
        return project
    }

    /// Keeps the workspace that a build has until it is over.
    func put(_ workspace: LentWorkspace, build: Int) {
        workspaces[build] = workspace
    }

    /// Gives up the project of a build, and the workspace that was lent to it.
    func take(build: Int) -> (project: (any ProjectType)?, workspace: LentWorkspace?) {
        (projects.removeValue(forKey: build), workspaces.removeValue(forKey: build))
    }
}
