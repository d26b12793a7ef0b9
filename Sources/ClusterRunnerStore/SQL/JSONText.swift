import ClusterRunnerPlugin
import Foundation

/// JSON as it stands in a text column.
enum JSONText {
    /// Writes an object with its keys in order.
    ///
    /// - Throws: ``ClusterRunnerError`` when a number is not finite, which JSON cannot express.
    static func write(_ object: [String: JSONValue]) throws -> String {
        var writer = JSONWriter()
        try writer.write(object)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Reads what ``write(_:)`` wrote.
    ///
    /// A whole number comes back as an integer, whichever it was: JSON does not tell them apart.
    static func read(_ text: String) throws -> [String: JSONValue] {
        guard let object = JSONParser.value(of: text.utf8)?.object else {
            throw ClusterRunnerError(.failed, "The database holds \"\(text.prefix(80))\" where a JSON object belongs.")
        }
        return object
    }

    /// Encodes a rarely written value.
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Decodes what ``encode(_:)`` made.
    static func decode<Value: Decodable>(_ type: Value.Type = Value.self, from text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
