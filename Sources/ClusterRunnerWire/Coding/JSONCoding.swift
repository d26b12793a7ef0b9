package import ClusterRunnerPlugin
import Foundation

/// The JSON format of the wire.
package enum JSONCoding {
    /// Encodes a value as JSON text, on one line, with its keys sorted.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// Encodes a JSON value, without the cost of an encoder.
    package static func encode(_ value: JSONValue) throws -> [UInt8] {
        try value.text()
    }

    /// The JSON text of an answer of the REST API: an optional that is nil is null in it.
    package static func encode(answer: some Encodable) throws -> [UInt8] {
        try AnswerEncoder.text(of: answer)
    }

    /// Reads a value.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that says where the text
    ///   differs from the expected form.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Sequence<UInt8>) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw ClusterRunnerError(.invalidArgument, sentence(for: error), cause: error)
        }
    }

    /// Decodes a request body that must be a JSON object.
    package static func decodeObject(from bytes: [UInt8]) throws -> [String: JSONValue] {
        guard let value = JSONParser.value(of: bytes) else {
            throw ClusterRunnerError(.invalidArgument, "The body is not valid JSON.")
        }
        guard case .object(let members) = value else {
            throw ClusterRunnerError(.invalidArgument, "The request body must be a JSON object.")
        }
        return members
    }

    private static func sentence(for error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            "The JSON has no \"\(path(context.codingPath + [key]))\"."
        case .typeMismatch(let type, let context):
            "\"\(path(context.codingPath))\" in the JSON is not a \(type)."
        case .valueNotFound(let type, let context):
            "\"\(path(context.codingPath))\" in the JSON is null, not a \(type)."
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "The body is not valid JSON." : "\"\(path(context.codingPath))\" in the JSON is malformed."
        @unknown default:
            "The body is not the expected JSON."
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}
