import ClusterRunnerArchive
import ClusterRunnerCommands
public import ClusterRunnerPlugin
import ClusterRunnerProcess
import ClusterRunnerStore

/// The program: master, slave and clients in one executable.
///
/// A whole custom program is three imports and one line:
///
/// ```swift
/// exit(await ClusterRunner.main(projectTypes: [DirectoryProjectType.self, MercurialProjectType.self]))
/// ```
public enum ClusterRunner {
    /// Runs the program with the arguments of this process.
    ///
    /// - Parameter projectTypes: the types that a build request may name, each once.
    /// - Returns: the exit code: 0 for success, 1 for failed atoms, 2 for what could not run, 130 when interrupted.
    public static func main(projectTypes: [any ProjectType.Type]) async -> Int32 {
        ProcessProtection.begin()
        let composition = Composition(
            projectTypes: ProjectTypeRegistry(projectTypes),
            environment: CommandEnvironment.ofProcess(),
            archiver: LibArchiver(),
            makeStore: { try SQLiteBuildStore(path: $0, logger: $1) },
            makeRunner: { ProcessCommandRunner(logger: $0, user: $1) }
        )
        return await ClusterRunnerCommand.run(ArgumentBytes.ofProcess(), composition)
    }
}
