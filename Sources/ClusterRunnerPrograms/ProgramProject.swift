import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Logging

/// A project whose type a program implements.
final class ProgramProject: ProjectType {
    static let name = "program"
    static let summary = "A project whose type an executable implements."
    static let parameters: [ProjectParameter] = []

    let projectID: String
    private let program: ProjectProgram
    private let operations: Set<ProgramOperation>
    private let parameters: ProjectParameters
    private let context: ProjectContext
    private let machine: ProgramMachine
    private let variables = SharedAnswer<[ByteString: ByteString]>()
    private let state = Lock(State())

    private struct State {
        var workspace: String?
        var directory: ByteString?
        /// The wrapped scripts by script; a job has few.
        var scripts: [String: SharedAnswer<String>] = [:]
        var isTornDown = false
    }

    /// Refuses: a project of a program is made by its description.
    init(parameters: ProjectParameters, context: ProjectContext) throws {
        throw ClusterRunnerError(.invalidState, "A project of an executable needs the executable.")
    }

    private init(
        _ program: ProjectProgram,
        _ operations: Set<ProgramOperation>,
        _ parameters: ProjectParameters,
        _ context: ProjectContext,
        _ machine: ProgramMachine,
        projectID: String
    ) {
        self.program = program
        self.operations = operations
        self.parameters = parameters
        self.context = context
        self.machine = machine
        self.projectID = projectID
    }

    /// Makes a project after the program has checked the parameters and named the project.
    static func make(
        _ program: ProjectProgram,
        _ operations: Set<ProgramOperation>,
        _ parameters: ProjectParameters,
        _ context: ProjectContext,
        _ machine: ProgramMachine
    ) async throws -> ProgramProject {
        let storage = "\(context.storageDirectory)/\(program.name)"
        try PrivateDirectory.create(storage)
        let own = parameters.values.filter { name, _ in
            name != "job_name" && !ProjectParameter.common.contains { $0.name == name }
        }
        let fields: [String: JSONValue] = [
            "parameters": .object(own), "storage": .string(storage), "role": .string(context.role.name),
        ]
        func ask(_ operation: ProgramOperation) async throws -> [String: JSONValue] {
            let call = ProgramCall(program: program, operation: operation, fields: fields, machine: machine)
            return try await call.perform()
        }
        if operations.contains(.validate) { _ = try await ask(.validate) }
        var identity = String(decoding: try ProgramCall.line(own).dropLast(), as: UTF8.self)
        if operations.contains(.projectID) {
            guard let text = try await ask(.projectID)["project_id"]?.string, !text.isEmpty else {
                throw ClusterRunnerError(
                    .failed,
                    "\(program.title) names no project: its \"project_id\" is not a string."
                )
            }
            identity = text
        }
        return ProgramProject(program, operations, parameters, context, machine, projectID: identity)
    }

    func fetch(into workspace: String) async throws -> FetchedProject {
        state.withLock { $0.workspace = workspace }
        var call = call(.fetch)
        call.directory = ByteString(workspace)
        call.transcript = context.transcript
        // Others get a request that ends, because many programs read their input to its end.
        if case .slave(let master) = context.role, operations.contains(.export) {
            call.answers = { try await master.request($0) }
        }
        let members = try await call.perform()
        let directory = try self.directory(members["directory"], workspace)
        state.withLock { $0.directory = directory }
        guard let given = (members["slave_parameters"] ?? .object(parameters.values)).object else {
            throw fault("returned \"slave_parameters\" that are not an object")
        }
        let notes = (members["notes"] ?? []).array.map { $0.compactMap(\.string) }
        guard let notes, notes.count == members["notes"]?.array?.count ?? 0 else {
            throw fault("returned \"notes\" that are not a list of sentences")
        }
        return FetchedProject(directory: directory, slaveParameters: ProjectParameters(given), notes: notes)
    }

    private func directory(_ value: JSONValue?, _ workspace: String) throws -> ByteString {
        guard let value else { return ByteString(workspace) }
        guard let path = ByteString(value) else { throw fault("returned a \"directory\" that is no path") }
        let directory = path.isAbsolute ? path : ByteString(workspace).appending(path)
        guard FileStatus(path: directory)?.kind == .directory else {
            throw fault("returned the directory \"\(directory)\", which does not exist")
        }
        return directory
    }

    func resume(with parameters: ProjectParameters) async throws {
        state.withLock { $0.workspace = context.workspace }
        guard operations.contains(.resume) else { return }
        var call = call(.resume)
        call.set("fetched", .object(parameters.values))
        _ = try await call.perform()
    }

    func export(_ request: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        guard operations.contains(.export) else {
            throw ClusterRunnerError(.invalidState, "A \"\(program.name)\" project is not handed out by the master.")
        }
        var call = call(.export)
        call.set("request", .string(Base64.encode(request)))
        let relay = Relay()
        call.receive = { try await relay.put($0) }
        return relay.stream { [call] in _ = try await call.perform() }
    }

    func wrap(_ command: ShellCommand) async throws -> ShellCommand {
        var command = command
        if operations.contains(.environment) {
            command.environment.merge(try await environment()) { own, _ in own }
        }
        if operations.contains(.wrap) { command.script = try await script(command.script) }
        return command
    }

    private func environment() async throws -> [ByteString: ByteString] {
        try await variables.value { [self] in
            guard let members = try await call(.environment).perform()["environment"]?.object else {
                throw fault("returned an \"environment\" that is not an object")
            }
            return try members.reduce(into: [:]) { variables, member in
                guard let value = ByteString(member.value) else {
                    throw fault("returned the variable \"\(member.key)\", which is not a string")
                }
                variables[ByteString(member.key)] = value
            }
        }
    }

    private func script(_ script: String) async throws -> String {
        let answer = state.withLock { state in
            let answer = state.scripts[script] ?? SharedAnswer()
            state.scripts[script] = answer
            return answer
        }
        return try await answer.value { [self] in
            var call = call(.wrap)
            call.set("script", .string(script))
            guard let text = try await call.perform()["script"]?.string, !text.isEmpty else {
                throw fault("returned no \"script\", which is a string")
            }
            return text
        }
    }

    func teardown() async {
        let isFirst = state.withLock { state in
            defer { state.isTornDown = true }
            return !state.isTornDown && state.workspace != nil
        }
        guard isFirst, operations.contains(.teardown) else { return }
        do {
            _ = try await call(.teardown).perform()
        } catch {
            context.logger.warning("The teardown of a project failed: \(error)")
        }
    }

    private func call(_ operation: ProgramOperation) -> ProgramCall {
        let state = state.withLock { $0 }
        var fields: [String: JSONValue] = [
            "parameters": .object(parameters.values),
            "storage": .string("\(context.storageDirectory)/\(program.name)"),
            "role": .string(context.role.name),
        ]
        fields["workspace"] = state.workspace.map(JSONValue.string)
        fields["directory"] = state.directory?.json
        return ProgramCall(program: program, operation: operation, fields: fields, machine: machine)
    }

    private func fault(_ clause: String) -> ClusterRunnerError {
        ClusterRunnerError(.failed, "\(program.title) \(clause).")
    }
}

extension ProjectContext.Role {
    /// The name in requests to programs.
    fileprivate var name: String {
        switch self {
        case .master: "master"
        case .slave: "slave"
        }
    }
}
