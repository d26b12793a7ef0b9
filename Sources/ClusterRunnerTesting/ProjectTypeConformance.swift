public import ClusterRunnerPlugin
import Foundation
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

    private let parameters: [String: JSONValue]
    private let privateNames: Set<String>
    private let makeContext: MakeContext

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
        parameters = validParameters
        self.privateNames = privateNames
        self.makeContext =
            makeContext ?? { storage, role in
                ProjectContext(storageDirectory: storage, role: role, logger: Logger(label: "conformance"))
            }
    }

    /// Runs the whole suite and records an issue for each broken rule.
    public func run() async throws {
        checkDeclaration()
        checkRequiredParameters()
        try await withScratchDirectory { scratch in
            try checkProjectID(scratch)
            try await checkTeardownBeforeFetch(scratch)
            try await checkFetchAndHandOver(scratch)
            try await checkFetchesAtOnce(scratch)
            if Project.reusesWorkspaces { try await checkReuse(scratch) }
            try await checkCancellation(scratch)
        }
    }
}

// MARK: - Declaration

extension ProjectTypeConformance {
    /// Checks that the name, the summary and the parameters suit REST, the command line and help screens.
    func checkDeclaration() {
        #expect(isSnakeCase(Project.name), "The name \"\(Project.name)\" must be snake case.")
        #expect(isSentence(Project.summary), "The summary must be a sentence with a period: \"\(Project.summary)\".")
        let names = Project.allParameters.map(\.name)
        #expect(Set(names).count == names.count, "A parameter is declared twice, or is one every type has: \(names).")
        #expect(!names.contains("type"), "\"type\" names the project type itself and cannot be a parameter.")
        for parameter in Project.parameters {
            #expect(isSnakeCase(parameter.name), "The parameter \"\(parameter.name)\" must be snake case.")
            #expect(isSentence(parameter.help), "The help of \"\(parameter.name)\" must be a sentence with a period.")
            #expect(
                !parameter.isRequired || parameter.defaultValue == nil,
                "\"\(parameter.name)\" is required, so its default can never be used."
            )
        }
    }

    /// Checks that a request without a required parameter is refused, with an error that names the parameter.
    func checkRequiredParameters() {
        let registry = ProjectTypeRegistry([Project.self])
        #expect(throws: Never.self, "The valid parameters must be accepted.") { try registry.validate(request) }
        for parameter in Project.parameters where parameter.isRequired {
            var incomplete = request
            incomplete[parameter.name] = nil
            let error = #expect(throws: ClusterRunnerError.self, "\"\(parameter.name)\" is required.") {
                try registry.validate(incomplete)
            }
            #expect(error?.message.contains("\"\(parameter.name)\" is missing") == true)
        }
    }

    private var request: [String: JSONValue] {
        parameters.merging(["type": .string(Project.name)]) { $1 }
    }

    private func isSnakeCase(_ text: String) -> Bool {
        text.wholeMatch(of: /[a-z][a-z0-9]*(_[a-z0-9]+)*/) != nil
    }

    private func isSentence(_ text: String) -> Bool {
        text.first?.isUppercase == true && text.hasSuffix(".") && !text.contains("\n")
    }
}

// MARK: - Instances

extension ProjectTypeConformance {
    /// Checks that the identity of a project is known before the fetch, and the same for every build.
    func checkProjectID(_ scratch: String) throws {
        let first = try makeProject(.master, storage: "\(scratch)/identity")
        let second = try makeProject(.master, storage: "\(scratch)/identity")
        #expect(!first.projectID.isEmpty)
        #expect(first.projectID == second.projectID, "Two builds of one project must agree on which project it is.")
    }

    /// Checks the teardown of a build that failed before its project was fetched.
    func checkTeardownBeforeFetch(_ scratch: String) async throws {
        let project = try makeProject(.master, storage: "\(scratch)/teardown")
        await project.teardown()
        await project.teardown()
    }

    /// Checks that a fetched project is a directory, and that a slave gets the same files from the master's answers.
    func checkFetchAndHandOver(_ scratch: String) async throws {
        let master = try makeProject(.master, storage: "\(scratch)/master")
        let fetched = try await master.fetch(into: emptyDirectory("\(scratch)/master-workspace"))
        let context = try makeContext(
            emptyDirectory("\(scratch)/slave"),
            .slave(master: DirectProjectSource(to: master))
        )
        let slave = try Project(parameters: fetched.slaveParameters, context: context)
        let copy = try await slave.fetch(into: emptyDirectory("\(scratch)/slave-workspace"))
        #expect(slave.projectID == master.projectID, "Master and slave must agree on which project it is.")
        let difference = try tree(of: copy).differences(from: tree(of: fetched))
        #expect(difference.isEmpty, "The slave's project differs from the master's: \(difference)")
        for project in [master, slave] {
            await project.teardown()
            await project.teardown()
        }
    }

    /// Checks that no change of a job to its workspace reaches the next build in it.
    func checkReuse(_ scratch: String) async throws {
        let workspace = try emptyDirectory("\(scratch)/reused-workspace")
        let first = try makeProject(.master, storage: "\(scratch)/reused")
        let before = try await tree(of: first.fetch(into: workspace))
        await first.teardown()
        try spoil(workspace)
        let second = try makeProject(.master, storage: "\(scratch)/reused")
        let difference = try await tree(of: second.fetch(into: workspace)).differences(from: before)
        #expect(difference.isEmpty, "A build must not find what an earlier one left: \(difference)")
        await second.teardown()
    }

    /// Changes every file of a workspace and adds others.
    private func spoil(_ workspace: String) throws {
        let paths = FileManager.default.enumerator(atPath: workspace)?.compactMap { $0 as? String } ?? []
        for path in paths {
            var isDirectory: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "\(workspace)/\(path)", isDirectory: &isDirectory)
            if !isDirectory.boolValue { try? Data("spoilt".utf8).write(to: URL(filePath: "\(workspace)/\(path)")) }
        }
        try FileManager.default.createDirectory(atPath: "\(workspace)/left/behind", withIntermediateDirectories: true)
        try Data("left".utf8).write(to: URL(filePath: "\(workspace)/left/behind/file"))
    }

    /// Checks that two builds of one project can fetch it concurrently on one machine.
    func checkFetchesAtOnce(_ scratch: String) async throws {
        let projects = try (1...2).map { _ in try makeProject(.master, storage: "\(scratch)/shared") }
        let workspaces = try (1...2).map { try emptyDirectory("\(scratch)/shared-workspace-\($0)") }
        async let first = projects[0].fetch(into: workspaces[0])
        async let second = projects[1].fetch(into: workspaces[1])
        let trees = try await (tree(of: first), tree(of: second))
        #expect(trees.0 == trees.1, "Fetching twice at once must give the same project twice.")
        await projects[0].teardown()
        let remaining = try await tree(of: second)
        #expect(remaining == trees.1, "The end of one build must not change the project of another.")
        await projects[1].teardown()
    }

    /// Checks that a canceled fetch returns, with a project or a `CancellationError`, and can be torn down.
    func checkCancellation(_ scratch: String) async throws {
        let project = try makeProject(.master, storage: "\(scratch)/canceled")
        let workspace = try emptyDirectory("\(scratch)/canceled-workspace")
        await withTaskGroup { group in
            group.addTask {
                do {
                    _ = try await project.fetch(into: workspace)
                } catch {
                    #expect(error is CancellationError, "A canceled fetch must throw CancellationError, not \(error).")
                }
            }
            group.cancelAll()
        }
        await project.teardown()
    }

    private func makeProject(_ role: ProjectContext.Role, storage: String) throws -> Project {
        let (_, valid) = try ProjectTypeRegistry([Project.self]).validate(request)
        return try Project(parameters: valid, context: makeContext(emptyDirectory(storage), role))
    }

    private func tree(of project: FetchedProject) throws -> FileTree {
        #expect(
            project.directory.bytes.first == UInt8(ascii: "/"),
            "The project's directory must be absolute: \(project.directory)"
        )
        return try FileTree(of: project.directory.escaped, ignoring: privateNames)
    }

    private func emptyDirectory(_ path: String) throws -> String {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
