import ClusterRunnerPlugin

/// A message of a project program: one line, a JSON object with one member.
enum ProgramMessage: Equatable, Sendable {
    /// The result, which ends the operation.
    case result([String: JSONValue])
    /// A sentence for people; the operation has failed.
    case error(String)
    /// The next bytes of an export.
    case data([UInt8])
    /// A request of a slave's program to ``ProgramOperation/export`` on the master.
    case ask([UInt8])

    /// A clause that says what is wrong with a line, such as "is not a JSON object".
    struct Fault: Error, Equatable {
        let clause: String
    }

    /// Reads a line.
    init(line: some Sequence<UInt8>) throws(Fault) {
        guard case .object(let members)? = JSONParser.value(of: line) else {
            throw Fault(clause: "is not a JSON object")
        }
        guard members.count == 1, let (name, value) = members.first else {
            let names = members.keys.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
            throw Fault(clause: "must have one member, not \(members.isEmpty ? "none" : names)")
        }
        switch (name, value) {
        case ("result", .object(let result)): self = .result(result)
        case ("error", .string(let sentence)): self = .error(sentence)
        case ("data", .string(let text)): self = .data(try Self.bytes(text, of: name))
        case ("ask", .string(let text)): self = .ask(try Self.bytes(text, of: name))
        case ("result", _): throw Fault(clause: "has a \"result\" that is \(value.kindName), not an object")
        case ("error", _), ("data", _), ("ask", _):
            throw Fault(clause: "has the member \"\(name)\" that is \(value.kindName), not a string")
        default:
            throw Fault(
                clause: "is the unknown message \"\(name)\"; known are \"result\", \"error\", \"data\" and \"ask\""
            )
        }
    }

    private static func bytes(_ text: String, of name: String) throws(Fault) -> [UInt8] {
        guard let bytes = Base64.decode(text) else { throw Fault(clause: "has a \"\(name)\" that is not base64") }
        return bytes
    }
}
