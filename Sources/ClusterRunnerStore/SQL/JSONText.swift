import ClusterRunnerPlugin
import Foundation

/// JSON in a text column.
enum JSONText {
    /// Writes an object with its keys in order.
    ///
    /// - Throws: ``ClusterRunnerError`` when a number is not finite, which JSON cannot express.
    static func write(_ object: [String: JSONValue]) throws -> String {
        var writer = JSONWriter()
        try writer.write(object)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Reads the output of ``write(_:)``.
    ///
    /// Whole numbers become integers, however they were written: JSON does not distinguish them.
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

    /// Decodes the output of ``encode(_:)``.
    static func decode<Value: Decodable>(_ type: Value.Type = Value.self, from text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
