package import ClusterRunnerPlugin
import Foundation

/// The rules for project types, checked against one type on one small project.
///
/// `ProjectTypeConformance` runs them in the tests of a plugin, `clusterrunner check-plugin` against an executable.
package struct ProjectTypeRules: Sendable {
    /// Makes a machine's context from the path of its own storage directory and its role.
    package typealias MakeContext = @Sendable (_ storageDirectory: String, ProjectContext.Role) -> ProjectContext

    let type: RegisteredProjectType
    let fields: [String: JSONValue]
    let privateNames: Set<String>
    let makeContext: MakeContext

    /// Creates the rules for a type.
    ///
    /// - Parameters:
    ///   - type: the type to check.
    ///   - validParameters: a request for a small project that can really be fetched, without `type`.
    ///   - privateNames: names of files that may differ between machines, such as `.git`.
    ///   - makeContext: makes the contexts of master and slaves.
    package init(
        _ type: RegisteredProjectType,
        validParameters: [String: JSONValue],
        privateNames: Set<String> = [],
        makeContext: @escaping MakeContext
    ) {
        self.type = type
        fields = validParameters
        self.privateNames = privateNames
        self.makeContext = makeContext
    }

    /// A rule with its check; a check returns a sentence for each breach.
    package struct Rule: Sendable {
        /// The rule, as a sentence.
        package let sentence: String
        let check: @Sendable (_ scratch: String) async throws -> [String]

        /// Checks the rule in an empty directory; an error of the type is a breach, too.
        package func breaches(scratch: String) async -> [String] {
            do {
                return try await check(scratch)
            } catch {
                return [(error as? ClusterRunnerError)?.message ?? String(describing: error)]
            }
        }
    }

    /// All rules, in the order in which a build would meet them.
    package var all: [Rule] {
        var rules = [
            Rule(sentence: "Name, summary and parameters suit REST, command line and help screens.") { _ in
                declarationBreaches()
            },
            Rule(sentence: "Valid parameters are accepted, and a missing required one is named.") { _ in
                await requiredParameterBreaches()
            },
            Rule(sentence: "The identity of a project is known before the fetch, and the same for every build.") {
                try await identityBreaches($0)
            },
            Rule(sentence: "A build that failed before its fetch can be torn down, twice.") {
                try await tearDownBeforeFetch($0)
                return []
            },
            Rule(sentence: "A slave gets the same files as the master.") { try await handOverBreaches($0) },
            Rule(sentence: "Two builds can fetch one project at a time.") { try await concurrencyBreaches($0) },
            Rule(sentence: "A canceled fetch ends, and can be torn down.") { try await cancellationBreaches($0) },
        ]
        if type.reusesWorkspaces {
            rules.append(Rule(sentence: "Nothing of a build reaches the next one.") { try await reuseBreaches($0) })
        }
        return rules
    }
}

// MARK: - Declaration

extension ProjectTypeRules {
    private func declarationBreaches() -> [String] {
        var breaches: [String] = []
        func expect(_ holds: Bool, _ sentence: String) {
            if !holds { breaches.append(sentence) }
        }
        expect(isSnakeCase(type.name), "The name \"\(type.name)\" must be snake case.")
        expect(isSentence(type.summary), "The summary must be a sentence with a period: \"\(type.summary)\".")
        let names = type.allParameters.map(\.name)
        expect(Set(names).count == names.count, "A parameter is declared twice, or is one every type has: \(names).")
        for name in names where ProjectParameter.reservedNames.contains(name) {
            expect(false, "\"\(name)\" cannot be a parameter: it is an option of every build.")
        }
        for parameter in type.parameters {
            let name = parameter.name
            expect(isSnakeCase(name), "The parameter \"\(name)\" must be snake case.")
            expect(isSentence(parameter.help), "The help of \"\(name)\" must be a sentence with a period.")
            expect(
                !parameter.isRequired || parameter.defaultValue == nil,
                "\"\(name)\" is required, so its default can never be used."
            )
        }
        return breaches
    }

    private func requiredParameterBreaches() async -> [String] {
        let registry = registry
        var breaches: [String] = []
        do { _ = try await registry.validate(request) } catch {
            let reason = (error as? ClusterRunnerError)?.message ?? "\(error)"
            breaches.append("The valid parameters are refused: \(reason)")
        }
        for parameter in type.parameters where parameter.isRequired {
            var incomplete = request
            incomplete[parameter.name] = nil
            do {
                _ = try await registry.validate(incomplete)
                breaches.append("A request without \"\(parameter.name)\", which is required, is accepted.")
            } catch {
                let message = (error as? ClusterRunnerError)?.message ?? ""
                if !message.contains("\"\(parameter.name)\" is missing") {
                    breaches.append("The error of a missing \"\(parameter.name)\" does not name it: \(message)")
                }
            }
        }
        return breaches
    }

    private var registry: ProjectTypeRegistry {
        var registry = ProjectTypeRegistry()
        registry.register(type)
        return registry
    }

    private var request: [String: JSONValue] { fields.merging(["type": .string(type.name)]) { $1 } }

    private func isSnakeCase(_ text: String) -> Bool {
        text.wholeMatch(of: /[a-z][a-z0-9]*(_[a-z0-9]+)*/) != nil
    }

    private func isSentence(_ text: String) -> Bool {
        text.first?.isUppercase == true && text.hasSuffix(".") && !text.contains("\n")
    }
}

// MARK: - Projects

extension ProjectTypeRules {
    private func identityBreaches(_ scratch: String) async throws -> [String] {
        let first = try await makeProject(.master, storage: "\(scratch)/identity")
        let second = try await makeProject(.master, storage: "\(scratch)/identity")
        if first.projectID.isEmpty { return ["The project has no identity."] }
        guard first.projectID == second.projectID else {
            return ["Two builds of one project must agree on which project it is."]
        }
        return []
    }

    private func tearDownBeforeFetch(_ scratch: String) async throws {
        let project = try await makeProject(.master, storage: "\(scratch)/teardown")
        await project.teardown()
        await project.teardown()
    }

    private func handOverBreaches(_ scratch: String) async throws -> [String] {
        let master = try await makeProject(.master, storage: "\(scratch)/master")
        let fetched = try await master.fetch(into: emptyDirectory("\(scratch)/master-workspace"))
        let context = try makeContext(
            emptyDirectory("\(scratch)/slave"),
            .slave(master: DirectProjectSource(to: master))
        )
        let slave = try await type.makeProject(fetched.slaveParameters, context: context)
        let copy = try await slave.fetch(into: emptyDirectory("\(scratch)/slave-workspace"))
        var breaches: [String] = []
        if slave.projectID != master.projectID {
            breaches.append("Master and slave must agree on which project it is.")
        }
        let difference = try tree(of: copy).differences(from: tree(of: fetched))
        if !difference.isEmpty { breaches.append("The slave's project differs from the master's: \(difference)") }
        for project in [master, slave] {
            await project.teardown()
            await project.teardown()
        }
        return breaches
    }

    /// Checks that no change of a job to its workspace reaches the next build in it.
    private func reuseBreaches(_ scratch: String) async throws -> [String] {
        let workspace = try emptyDirectory("\(scratch)/reused-workspace")
        let first = try await makeProject(.master, storage: "\(scratch)/reused")
        let before = try await tree(of: first.fetch(into: workspace))
        await first.teardown()
        try spoil(workspace)
        let second = try await makeProject(.master, storage: "\(scratch)/reused")
        let difference = try await tree(of: second.fetch(into: workspace)).differences(from: before)
        await second.teardown()
        return difference.isEmpty ? [] : ["A build must not find what an earlier one left: \(difference)"]
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

    private func concurrencyBreaches(_ scratch: String) async throws -> [String] {
        let one = try await makeProject(.master, storage: "\(scratch)/shared")
        let other = try await makeProject(.master, storage: "\(scratch)/shared")
        let workspaces = try (1...2).map { try emptyDirectory("\(scratch)/shared-workspace-\($0)") }
        async let first = one.fetch(into: workspaces[0])
        async let second = other.fetch(into: workspaces[1])
        let trees = try await (tree(of: first), tree(of: second))
        var breaches: [String] = []
        if trees.0 != trees.1 { breaches.append("Fetching twice at once must give the same project twice.") }
        await one.teardown()
        let remaining = try await tree(of: second)
        if remaining != trees.1 {
            breaches.append("The end of one build must not change the project of another.")
        }
        await other.teardown()
        return breaches
    }

    private func cancellationBreaches(_ scratch: String) async throws -> [String] {
        let project = try await makeProject(.master, storage: "\(scratch)/canceled")
        let workspace = try emptyDirectory("\(scratch)/canceled-workspace")
        let breaches = await withTaskGroup(of: [String].self) { group in
            group.addTask {
                do {
                    _ = try await project.fetch(into: workspace)
                    return []
                } catch {
                    return error is CancellationError
                        ? [] : ["A canceled fetch must throw CancellationError, not \(error)."]
                }
            }
            group.cancelAll()
            return await group.reduce(into: []) { $0 += $1 }
        }
        await project.teardown()
        return breaches
    }

    private func makeProject(_ role: ProjectContext.Role, storage: String) async throws -> any ProjectType {
        let (type, valid) = try await registry.validate(request)
        return try await type.makeProject(valid, context: makeContext(emptyDirectory(storage), role))
    }

    private func tree(of project: FetchedProject) throws -> FileTree {
        guard project.directory.isAbsolute else {
            throw ClusterRunnerError(.failed, "The project's directory must be absolute: \(project.directory)")
        }
        return try FileTree(of: project.directory.escaped, ignoring: privateNames)
    }

    private func emptyDirectory(_ path: String) throws -> String {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
