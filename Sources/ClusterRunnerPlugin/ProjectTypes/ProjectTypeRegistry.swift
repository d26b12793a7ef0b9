/// The project types that this process can run, by name.
///
/// A value: built by the executable, then handed to the master or the slave. There is no shared instance.
package struct ProjectTypeRegistry: Sendable {
    private var types: [String: RegisteredProjectType] = [:]
    private var promises: [String: ProjectTypePromise] = [:]

    /// Creates a registry of Swift types.
    package init(_ types: [any ProjectType.Type] = []) {
        for type in types { register(type) }
    }

    /// Adds a Swift type.
    ///
    /// - Precondition: no other type of that name is registered.
    package mutating func register(_ type: any ProjectType.Type) {
        register(RegisteredProjectType(type))
    }

    /// Adds a project type.
    ///
    /// - Precondition: no other type of that name is registered.
    package mutating func register(_ type: RegisteredProjectType) {
        precondition(types[type.name] == nil, "Two project types are named \"\(type.name)\".")
        types[type.name] = type
    }

    /// Adds a type whose description is not known yet; it replaces no registered type.
    package mutating func register(_ promise: ProjectTypePromise) {
        if types[promise.name] == nil { promises[promise.name] = promise }
    }

    /// The types whose description is known, sorted by name.
    package var all: [RegisteredProjectType] {
        let described = promises.values.compactMap { try? $0.current()?.get() }
        return (Array(types.values) + described).sorted { $0.name < $1.name }
    }

    /// The types that cannot be used, with the reason; sorted by name.
    package var unavailable: [UnavailableProjectType] {
        promises.values.compactMap { promise in
            switch promise.current() {
            case .success?: nil
            case .failure(let error)?: UnavailableProjectType(name: promise.name, reason: error.message)
            case nil: UnavailableProjectType(name: promise.name, reason: "Its description is not complete yet.")
            }
        }
        .sorted { $0.name < $1.name }
    }

    /// Returns the type of that name, once its description is known.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that lists the known types;
    ///   the reason when the type cannot be used.
    package func type(named name: String) async throws -> RegisteredProjectType {
        if let type = types[name] { return type }
        guard let promise = promises[name] else {
            throw ClusterRunnerError(.invalidArgument, "Unknown project type \"\(name)\". \(knownTypes)")
        }
        return try await promise.value()
    }

    /// Whether a type of that name exists, usable or not.
    package func contains(_ name: String) -> Bool { types[name] != nil || promises[name] != nil }

    /// Creates the project that a validated build request describes.
    package func makeProject(
        type name: String,
        parameters: ProjectParameters,
        context: ProjectContext
    ) async throws -> any ProjectType {
        try await type(named: name).makeProject(parameters, context: context)
    }

    /// The names of all types, usable or not, in order.
    package var names: [String] { (Array(types.keys) + promises.keys).sorted() }

    private var knownTypes: String {
        "Known types: \(names.map { "\"\($0)\"" }.joined(separator: ", "))."
    }
}

extension ProjectTypeRegistry {
    /// Checks the fields of a build request against the declared parameters of its type.
    ///
    /// Null fields count as omitted; defaults are filled in.
    ///
    /// - Returns: the type, and the parameters without `type`.
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that names every wrong field.
    package func validate(
        _ fields: [String: JSONValue]
    ) async throws -> (type: RegisteredProjectType, parameters: ProjectParameters) {
        let type = try await self.type(ofRequest: fields)
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
        return (type, ProjectParameters(values))
    }

    private func type(ofRequest fields: [String: JSONValue]) async throws -> RegisteredProjectType {
        switch fields["type"] {
        case nil, .null?, ""?:
            throw ClusterRunnerError(.invalidArgument, "Invalid build request: \"type\" is missing. \(knownTypes)")
        case .string(let name)?:
            return try await type(named: name)
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
        case (.path, _) where ByteString(value) != nil, (.localPath, _) where ByteString(value) != nil:
            nil
        case (.string, .string), (.flag, .bool), (.job, .object), (.job, .string):
            nil
        case (.stringMap, .object(let members)):
            members.sorted { $0.key < $1.key }.first { ByteString($0.value) == nil }
                .map { "\"\(name)\" must map strings to strings, but \"\($0.key)\" is \($0.value.kindName)" }
        case (.stringList, .array(let elements)):
            elements.first { $0.string == nil }
                .map { "\"\(name)\" must be a list of strings, but one entry is \($0.kindName)" }
        default:
            "\"\(name)\" must be a \(kind.expectation), not \(value.kindName)"
        }
    }
}

extension ProjectParameter.Kind {
    /// The values it takes, in words.
    fileprivate var expectation: String {
        switch self {
        case .job: "map or YAML text"
        case .flag: "boolean (true or false)"
        case .string, .path, .localPath, .stringMap, .stringList: rawValue
        }
    }
}
