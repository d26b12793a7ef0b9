import ClusterRunnerPlugin
import ClusterRunnerWire

/// The text of an answer.
func text(_ answer: some Encodable) throws -> String {
    String(decoding: try JSONCoding.encode(answer: answer), as: UTF8.self)
}

/// An answer as it is read again.
func json(_ answer: some Encodable) throws -> JSONValue {
    JSONParser.value(of: try JSONCoding.encode(answer: answer)) ?? .null
}
