import ClusterRunnerConformance
public import ClusterRunnerPlugin
import Logging
import Testing

/// A suite of the rules for project types, to be run by a plugin's tests.
///
/// ```swift
/// @Test func `The type obeys the rules of project types`() async throws {
///     try await ProjectTypeConformance(MyProjectType.self, validParameters: ["job_name": "Tests"]).run()
/// }
/// ```
public struct ProjectTypeConformance<Project: ProjectType>: Sendable {
    /// Makes a machine's context from the path of its own storage directory and its role.
    public typealias MakeContext = @Sendable (_ storageDirectory: String, ProjectContext.Role) -> ProjectContext

    private let rules: ProjectTypeRules

    /// Creates the suite for a type.
    ///
    /// - Parameters:
    ///   - type: the type to check.
    ///   - validParameters: a request for a small project that can really be fetched, without `type`.
    ///   - privateNames: names of files that may differ between machines, such as `.git`.
    ///   - makeContext: makes contexts, if the default ones do not suffice.
    public init(
        _ type: Project.Type,
        validParameters: [String: JSONValue],
        privateNames: Set<String> = [],
        makeContext: MakeContext? = nil
    ) {
        rules = ProjectTypeRules(
            RegisteredProjectType(type),
            validParameters: validParameters,
            privateNames: privateNames,
            makeContext: makeContext ?? { storage, role in
                ProjectContext(storageDirectory: storage, role: role, logger: Logger(label: "conformance"))
            }
        )
    }

    /// Runs the whole suite and records an issue for each breach of a rule.
    public func run() async throws {
        for rule in rules.all {
            try await withScratchDirectory { scratch in
                for breach in await rule.breaches(scratch: scratch) {
                    Issue.record("\(rule.sentence) \(breach)")
                }
            }
        }
    }
}
