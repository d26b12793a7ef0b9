import ClusterRunnerArchive
import ClusterRunnerPlugin
import ClusterRunnerProcess
import ClusterRunnerStore
import DirectoryProjectType
import GitProjectType

@testable import ClusterRunnerCommands

extension ProjectTypeRegistry {
    /// The project types of the program.
    static let real = ProjectTypeRegistry([DirectoryProjectType.self, GitProjectType.self])
}

extension Composition {
    /// Makes the composition of the program.
    static func real(environment: [String: String]) -> Composition {
        Composition(
            projectTypes: .real,
            environment: environment.reduce(into: [:]) { $0[ByteString($1.key)] = ByteString($1.value) },
            archiver: LibArchiver(),
            makeStore: { try SQLiteBuildStore(path: $0, logger: $1) },
            makeRunner: { ProcessCommandRunner(logger: $0, user: $1) }
        )
    }
}
