import ClusterRunnerPlugin

/// The answer of a project program to ``ProgramOperation/describe``.
struct ProgramDescription: Equatable, Sendable {
    let name: String
    let summary: String
    let parameters: [ProjectParameter]
    /// The optional operations that the program implements.
    let operations: Set<ProgramOperation>

    /// The version of the protocol that this program speaks.
    static let protocolVersion = 1

    /// Reads a description, which must name the type `name`.
    ///
    /// - Throws: ``ClusterRunnerError`` whose message is a clause, such as "has no \"summary\"".
    init(_ members: [String: JSONValue], of name: String) throws {
        let version = members["protocol"] ?? .null
        guard version == .integer(Self.protocolVersion) else {
            throw Self.fault(
                version == .null
                    ? "has no \"protocol\"; it should be \(Self.protocolVersion)"
                    : "speaks version \(Self.text(version)) of the protocol; this ClusterRunner speaks \(Self.protocolVersion)"
            )
        }
        self.name = try Self.string("name", of: members)
        guard self.name == name else {
            throw Self.fault("names itself \"\(self.name)\"; by its file name it should be \"\(name)\"")
        }
        summary = try Self.string("summary", of: members)
        guard let list = (members["parameters"] ?? []).array else {
            throw Self.fault("has \"parameters\" that are not a list")
        }
        parameters = try list.map(Self.parameter)
        let own = parameters.map(\.name)
        let taken = own.first { name in
            ProjectParameter.common.contains { $0.name == name } || own.count { $0 == name } > 1
        }
        if let taken { throw Self.fault("has the parameter \"\(taken)\" twice, or every type has it") }
        if let reserved = own.first(where: ProjectParameter.reservedNames.contains) {
            throw Self.fault("has the parameter \"\(reserved)\", which is an option of every build; rename it")
        }
        guard let names = (members["operations"] ?? []).array else {
            throw Self.fault("has \"operations\" that are not a list")
        }
        operations = try Set(names.map(Self.operation))
    }

    private static func operation(_ value: JSONValue) throws -> ProgramOperation {
        guard let operation = value.string.flatMap(ProgramOperation.init) else {
            let known = ProgramOperation.allCases.map(\.rawValue).joined(separator: ", ")
            throw fault("has the unknown operation \(text(value)); known are \(known)")
        }
        return operation
    }

    private static func parameter(_ value: JSONValue) throws -> ProjectParameter {
        guard let members = value.object else {
            throw fault("has a parameter that is \(value.kindName), not an object")
        }
        let name = try string("name", of: members)
        guard name.wholeMatch(of: /[a-z][a-z0-9]*(_[a-z0-9]+)*/) != nil else {
            throw fault("has the parameter \"\(name)\", which is not snake case, such as base_url")
        }
        let known = ["name", "help", "kind", "required", "default"]
        if let unknown = members.keys.sorted().first(where: { !known.contains($0) }) {
            throw fault("has \"\(unknown)\" in its parameter \"\(name)\"; known are \(known.joined(separator: ", "))")
        }
        guard let kind = kind(members["kind"] ?? "string") else {
            let kinds = Self.kinds.map(\.rawValue).joined(separator: ", ")
            throw fault("has the parameter \"\(name)\" of an unknown kind; known are \(kinds)")
        }
        guard case .bool(let isRequired) = members["required"] ?? false else {
            throw fault("has the parameter \"\(name)\" whose \"required\" is neither true nor false")
        }
        let defaultValue = members["default"].flatMap { $0 == .null ? nil : $0 }
        return ProjectParameter(
            name,
            kind: kind,
            required: isRequired,
            default: defaultValue,
            help: try string("help", of: members)
        )
    }

    private static let kinds: [ProjectParameter.Kind] = [.string, .path, .localPath, .flag, .stringList]

    private static func kind(_ value: JSONValue) -> ProjectParameter.Kind? {
        value.string.flatMap(ProjectParameter.Kind.init).flatMap { kinds.contains($0) ? $0 : nil }
    }

    private static func string(_ name: String, of members: [String: JSONValue]) throws -> String {
        guard let text = members[name]?.string, !text.isEmpty else {
            throw fault("has no \"\(name)\", which is a string")
        }
        return text
    }

    private static func text(_ value: JSONValue) -> String {
        var writer = JSONWriter()
        guard (try? writer.write(value)) != nil, writer.bytes.count < 100 else { return "that is \(value.kindName)" }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func fault(_ clause: String) -> ClusterRunnerError { ClusterRunnerError(.failed, clause) }
}
