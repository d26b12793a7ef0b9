/// The project types that this process can run, by name.
///
/// A value: built by the executable, then handed to the master or the slave. There is no shared instance.
public struct ProjectTypeRegistry: Sendable {
    private var types: [String: any ProjectType.Type] = [:]

    /// Creates a registry of `types`.
    public init(_ types: [any ProjectType.Type] = []) {
        for type in types { register(type) }
    }

    /// Adds a project type.
    ///
    /// - Precondition: no other type of that name is registered.
    public mutating func register(_ type: any ProjectType.Type) {
        precondition(types[type.name] == nil, "Two project types are named \"\(type.name)\".")
        types[type.name] = type
    }

    /// The registered types, sorted by name.
    public var all: [any ProjectType.Type] { types.values.sorted { $0.name < $1.name } }

    /// Returns the type of that name.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that lists the known types.
    public func type(named name: String) throws -> any ProjectType.Type {
        guard let type = types[name] else {
            throw ClusterRunnerError(.invalidArgument, "Unknown project type \"\(name)\". \(knownTypes)")
        }
        return type
    }

    /// Creates the project that a validated build request describes.
    public func makeProject(
        type name: String,
        parameters: ProjectParameters,
        context: ProjectContext
    ) throws -> any ProjectType {
        try type(named: name).init(parameters: parameters, context: context)
    }

    private var knownTypes: String {
        "Known types: \(types.keys.sorted().map { "\"\($0)\"" }.joined(separator: ", "))."
    }
}

extension ProjectTypeRegistry {
    /// Checks the fields of a build request against the declared parameters of its type.
    ///
    /// Null fields count as omitted; defaults are filled in.
    ///
    /// - Returns: the type's name, and the parameters without `type`.
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that names every wrong field.
    public func validate(_ fields: [String: JSONValue]) throws -> (type: String, parameters: ProjectParameters) {
        let type = try self.type(ofRequest: fields)
        let given = fields.filter { $0.key != "type" && $0.value != .null }
        var faults: [String] = []
        var values: [String: JSONValue] = [:]
        for parameter in type.allParameters {
            guard let value = given[parameter.name], value != "" else {
                if parameter.isRequired {
                    let option = "--\(parameter.name.replacing("_", with: "-"))"
                    faults.append("\"\(parameter.name)\" is missing (on the command line: \(option))")
                }
                values[parameter.name] = parameter.defaultValue
                continue
            }
            if let fault = parameter.fault(in: value) { faults.append(fault) }
            values[parameter.name] = value
        }
        let known = type.allParameters.map(\.name)
        for name in given.keys.sorted() where !known.contains(name) {
            let nearest = nearestName(to: name, among: known).map { ", did you mean \"\($0)\"?" } ?? ""
            faults.append("\"\(name)\" is unknown\(nearest)")
        }
        guard faults.isEmpty else {
            let list = faults.joined(separator: "; ")
            throw ClusterRunnerError(
                .invalidArgument,
                "Invalid build request of type \"\(type.name)\": \(list). Its fields: \(known.joined(separator: ", "))."
            )
        }
        return (type.name, ProjectParameters(values))
    }

    private func type(ofRequest fields: [String: JSONValue]) throws -> any ProjectType.Type {
        switch fields["type"] {
        case nil, .null?, ""?:
            throw ClusterRunnerError(.invalidArgument, "Invalid build request: \"type\" is missing. \(knownTypes)")
        case .string(let name)?:
            return try type(named: name)
        case let other?:
            throw ClusterRunnerError(
                .invalidArgument,
                "Invalid build request: \"type\" must be a string, not \(other.kindName). \(knownTypes)"
            )
        }
    }
}

extension ProjectParameter {
    /// Returns the fault of a value for this parameter; nil when it is valid.
    func fault(in value: JSONValue) -> String? {
        switch (kind, value) {
        case (.path, _) where ByteString(value) != nil:
            nil
        case (.string, .string), (.job, .object), (.job, .string):
            nil
        case (.stringMap, .object(let members)):
            members.sorted { $0.key < $1.key }.first { ByteString($0.value) == nil }
                .map { "\"\(name)\" must map strings to strings, but \"\($0.key)\" is \($0.value.kindName)" }
        case (.stringList, .array(let elements)):
            elements.first { $0.string == nil }
                .map { "\"\(name)\" must be a list of strings, but one entry is \($0.kindName)" }
        default:
            "\"\(name)\" must be a \(kind == .job ? "map or YAML text" : kind.rawValue), not \(value.kindName)"
        }
    }
}
