package import ClusterRunnerDomain
package import ClusterRunnerFiles
package import ClusterRunnerPlugin
package import Logging

/// The parts that the executable puts together: project types, store, runner and archiver.
///
/// It is passed to the verbs as a task-local value, since the parser creates them from arguments alone.
package struct Composition: Sendable {
    var projectTypes: ProjectTypeRegistry
    let makeStore: @Sendable (_ path: String, _ logger: Logger?) throws -> any BuildStore
    let makeRunner: @Sendable (Logger, JobUser?) -> any CommandRunner
    let archiver: any Archiver
    /// The environment of the process, byte for byte.
    let variables: [ByteString: ByteString]
    /// The same variables as texts, from which settings are read.
    ///
    /// A value that is not UTF-8 is encoded (``ArgumentBytes``).
    let environment: [String: String]

    /// Creates the composition.
    ///
    /// - Parameters:
    ///   - projectTypes: the project types.
    ///   - environment: the environment of the process.
    ///   - archiver: the archiver of results.
    ///   - makeStore: opens the store in a file; the logger gets the reasons of delayed changes.
    ///   - makeRunner: makes the runner of commands, for a user or for this process.
    package init(
        projectTypes: ProjectTypeRegistry,
        environment: [ByteString: ByteString],
        archiver: any Archiver,
        makeStore: @escaping @Sendable (_ path: String, _ logger: Logger?) throws -> any BuildStore,
        makeRunner: @escaping @Sendable (Logger, JobUser?) -> any CommandRunner
    ) {
        self.projectTypes = projectTypes
        variables = environment
        self.environment = environment.reduce(into: [:]) { texts, variable in
            guard let name = variable.key.text else { return }
            let isSetting = name == "HOME" || name.hasPrefix(ConfigurationKey.environmentPrefix)
            texts[name] = isSetting ? ArgumentBytes.text(of: variable.value) : variable.value.text
        }
        self.archiver = archiver
        self.makeStore = makeStore
        self.makeRunner = makeRunner
    }

    @TaskLocal static var current: Composition?

    /// Returns the executable's composition.
    static func required() throws -> Composition {
        guard let current else {
            throw ClusterRunnerError(.invalidState, "A verb was run outside ClusterRunnerCommand.run(_:_:).")
        }
        return current
    }
}
