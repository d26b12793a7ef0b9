import ClusterRunnerConcurrency
import ClusterRunnerFiles
package import ClusterRunnerPlugin

/// The project types that executables of this machine implement.
package final class ProgramCatalog: Sendable {
    private let machine: ProgramMachine
    private let cache: DescriptionCache
    private let entries: [Entry]
    /// The types whose executables cannot be used.
    private let unusable: [UnavailableProjectType]

    /// A program with its description, which is asked for once.
    private final class Entry: Sendable {
        let program: ProjectProgram
        let current = Lock<Result<RegisteredProjectType, ClusterRunnerError>?>(nil)
        let answer = SharedAnswer<RegisteredProjectType>()

        init(_ program: ProjectProgram) { self.program = program }
    }

    /// Finds the programs; those that were described before are known at once.
    ///
    /// - Parameters:
    ///   - directory: the directory of programs.
    ///   - path: the PATH, which is searched for `clusterrunner-project-NAME`.
    ///   - cache: the path of the file with descriptions.
    ///   - machine: the means to run the programs.
    package init(directory: String, path: String, cache: String, machine: ProgramMachine) {
        let search = ProgramSearch(directory: directory, path: path)
        self.machine = machine
        self.cache = DescriptionCache(path: cache)
        unusable = search.unusable
        entries = search.programs.map(Entry.init)
        for entry in entries {
            guard let members = self.cache.members(of: entry.program) else { continue }
            if let type = try? type(of: entry.program, members) { entry.current.withLock { $0 = .success(type) } }
        }
    }

    /// Makes the type of a program at any path, for a check.
    package static func type(
        of program: ProjectProgram,
        on machine: ProgramMachine
    ) async throws -> RegisteredProjectType {
        let call = ProgramCall(program: program, operation: .describe, machine: machine)
        return try type(of: program, try await call.perform(), machine)
    }

    /// Adds the types to a registry, which may ask the programs later.
    package func register(in registry: inout ProjectTypeRegistry) {
        for type in unusable where !registry.contains(type.name) {
            let reason = ClusterRunnerError(.failed, type.reason)
            registry.register(ProjectTypePromise(name: type.name, unavailable: reason))
        }
        for entry in entries where !registry.contains(entry.program.name) {
            let promise = ProjectTypePromise(name: entry.program.name) {
                entry.current.withLock { $0 }
            } value: {
                try await self.describe(entry)
            }
            registry.register(promise)
        }
    }

    /// The sentences about programs that `registry` cannot use because of their names.
    package func conflicts(with registry: ProjectTypeRegistry) -> [String] {
        let names = Set(registry.all.map(\.name))
        return (entries.map { ($0.program.name, $0.program.path) }).filter { names.contains($0.0) }.map { name, path in
            "\(path) is not used: the project type \"\(name)\" is built in. Rename the executable."
        }
    }

    /// The maximum number of programs that are asked at the same time.
    private static let mostAtOnce = 8

    /// Asks all programs that were not described before.
    package func describeAll() async {
        await withTaskGroup(of: Void.self) { group in
            for (index, entry) in entries.enumerated() {
                if index >= Self.mostAtOnce { await group.next() }
                group.addTask { _ = try? await self.describe(entry) }
            }
        }
    }

    private func describe(_ entry: Entry) async throws -> RegisteredProjectType {
        try await entry.answer.value {
            if let known = entry.current.withLock({ $0 }) { return try known.get() }
            do {
                let identity = ProjectProgram.Identity(path: entry.program.path)
                let call = ProgramCall(program: entry.program, operation: .describe, machine: machine)
                let members = try await call.perform()
                let type = try type(of: entry.program, members)
                if let identity { cache.keep(members, of: entry.program, identity) }
                entry.current.withLock { $0 = .success(type) }
                return type
            } catch let error as ClusterRunnerError {
                entry.current.withLock { $0 = .failure(error) }
                throw error
            }
        }
    }

    private func type(of program: ProjectProgram, _ members: [String: JSONValue]) throws -> RegisteredProjectType {
        try Self.type(of: program, members, machine)
    }

    private static func type(
        of program: ProjectProgram,
        _ members: [String: JSONValue],
        _ machine: ProgramMachine
    ) throws -> RegisteredProjectType {
        let description: ProgramDescription
        do { description = try ProgramDescription(members, of: program.name) } catch let error as ClusterRunnerError {
            throw ClusterRunnerError(.failed, "The description of \(program.path) \(error.message).")
        }
        let operations = description.operations
        return RegisteredProjectType(
            name: description.name,
            summary: description.summary,
            parameters: description.parameters,
            make: { try await ProgramProject.make(program, operations, $0, $1, machine) },
            pin: { parameters, fetched in
                guard operations.contains(.pinned) else { return parameters }
                let call = ProgramCall(
                    program: program,
                    operation: .pinned,
                    fields: ["parameters": .object(parameters.values), "fetched": .object(fetched.values)],
                    machine: machine
                )
                guard let pinned = try await call.perform()["parameters"]?.object else {
                    throw ClusterRunnerError(.failed, "\(program.title) returned no \"parameters\" to be pinned.")
                }
                return ProjectParameters(pinned)
            }
        )
    }
}
