import ClusterRunnerConcurrency
import ClusterRunnerContainers
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin

/// The prepared project of a build.
struct PreparedBuild: Sendable {
    let project: any ProjectType
    /// The workspace, if later builds reuse it.
    let workspace: LentWorkspace?
    let directory: ByteString
    let environment: JobEnvironment
    /// The runner of the commands in containers, if the job has one.
    let container: ContainerRunner?

    /// Releases the project's resources.
    func release() async {
        await project.teardown()
        workspace?.giveBack()
    }

    /// The holder of a prepared project until its release, even if a cancellation comes at that moment.
    final class Shelf: Sendable {
        private let prepared = Lock<PreparedBuild?>(nil)

        func keep(_ build: PreparedBuild) -> PreparedBuild {
            prepared.withLock { $0 = build }
            return build
        }

        func take() -> PreparedBuild? {
            prepared.withLock { prepared in
                defer { prepared = nil }
                return prepared
            }
        }
    }
}
