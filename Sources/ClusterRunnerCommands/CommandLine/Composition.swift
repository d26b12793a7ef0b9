package import ClusterRunnerDomain
package import ClusterRunnerFiles
package import ClusterRunnerPlugin
package import Logging

/// What the executable puts together: which project types there are, and which parts do the work.
///
/// Handed to the verbs as a task-local value, since the parser makes them from nothing but the arguments.
package struct Composition: Sendable {
    let projectTypes: ProjectTypeRegistry
    let makeStore: @Sendable (_ path: String, _ logger: Logger?) throws -> any BuildStore
    let makeRunner: @Sendable (Logger, JobUser?) -> any CommandRunner
    let archiver: any Archiver
    /// The environment of the process, byte for byte.
    let variables: [ByteString: ByteString]
    /// The same as texts, where they are texts: what settings are read from.
    ///
    /// A setting that is not UTF-8 is carried by a text (``ArgumentBytes``).
    let environment: [String: String]

    /// Collects the parts.
    ///
    /// - Parameters:
    ///   - projectTypes: the project types.
    ///   - environment: the environment of the process.
    ///   - archiver: packs and unpacks results.
    ///   - makeStore: opens the store in a file; the logger is told why changes wait.
    ///   - makeRunner: makes what runs commands, as the user that it gets or as this process.
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

    /// The composition that the executable gave.
    static func required() throws -> Composition {
        guard let current else {
            throw ClusterRunnerError(.invalidState, "A verb was run outside ClusterRunnerCommand.run(_:_:).")
        }
        return current
    }
}
