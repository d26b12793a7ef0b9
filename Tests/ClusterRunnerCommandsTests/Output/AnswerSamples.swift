import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire

extension BuildRepresentation {
    /// A build as an answer shows it, with some members in place of those of a build that was just requested.
    static func sample(_ members: [String: JSONValue]) throws -> Self {
        let record = BuildRecord(id: 1, projectType: "directory", parameters: ProjectParameters([:]))
        let form = Form(version: .v1, v1Status: .documented)
        var members = members
        if let atoms = members["failed_atoms"]?.array {
            members["failed_atoms"] = .array(try atoms.map { try atom.merging($0) })
        }
        return try json(Self(record, form, failedAtoms: [])).merging(.object(members)).read()
    }

    private static var atom: JSONValue {
        get throws {
            let atom = Atom(variable: "A", value: "x")
            return try json(AtomRepresentation(AtomRecord(buildID: 1, subjobID: 0, id: 0, atom: atom)))
        }
    }
}

extension RunningAtomRepresentation {
    /// A running atom as an answer shows it.
    static func sample(_ members: JSONValue) throws -> Self { try members.read() }
}

extension ProgressRepresentation {
    /// The progress of a build, with some members in place of those of a build that was just requested.
    static func sample(_ members: JSONValue) throws -> Self {
        let record = BuildRecord(id: 1, projectType: "directory", parameters: ProjectParameters([:]))
        return try json(Self(record, nil)).merging(members).read()
    }
}

extension JSONValue {
    /// The value with members of another in place of its own, at any depth.
    fileprivate func merging(_ other: JSONValue) -> JSONValue {
        guard let old = object, let new = other.object else { return other }
        return .object(old.merging(new) { $0.merging($1) })
    }

    /// The value as a type of the contract.
    func read<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONCoding.decode(type, from: try text())
    }
}

/// An answer as JSON.
func json(_ answer: some Encodable) throws -> JSONValue {
    JSONParser.value(of: try JSONCoding.encode(answer: answer)) ?? .null
}
