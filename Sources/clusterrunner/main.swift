import ClusterRunnerArchive
import ClusterRunnerCommands
import ClusterRunnerCore
import ClusterRunnerProcess
import ClusterRunnerStore
import DirectoryProjectType
import Foundation
import GitProjectType

ProcessProtection.begin()

// What this program is made of. A new project type is one more entry in this list.
let projectTypes = ProjectTypeRegistry([
    DirectoryProjectType.self,
    GitProjectType.self,
])

let composition = Composition(
    projectTypes: projectTypes,
    environment: CommandEnvironment.ofProcess(),
    archiver: LibArchiver(),
    makeStore: { try SQLiteBuildStore(path: $0, logger: $1) },
    makeRunner: { ProcessCommandRunner(logger: $0, user: $1) }
)

exit(await ClusterRunnerCommand.run(ArgumentBytes.ofProcess(), composition))
