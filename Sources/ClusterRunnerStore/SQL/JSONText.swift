import ClusterRunnerCore
import Foundation

/// JSON as it stands in a text column.
enum JSONText {
    /// Writes an object with its keys in order.
    ///
    /// Events are by far the most rows that carry JSON, and an encoder would cost more than the insert.
    ///
    /// - Throws: ``ClusterRunnerError`` when a number is not finite, which JSON cannot express.
    static func write(_ object: [String: JSONValue]) throws -> String {
        var text = ""
        try append(object, to: &text)
        return text
    }

    /// Encodes a rarely written value.
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Decodes what ``write(_:)`` or ``encode(_:)`` made.
    ///
    /// A whole number comes back as an integer, whichever it was: JSON does not tell them apart.
    static func decode<Value: Decodable>(_ type: Value.Type = Value.self, from text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    private static func append(_ value: JSONValue, to text: inout String) throws {
        switch value {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .integer(let number): text += String(number)
        case .number(let number) where number.isFinite: text += number.description
        case .number(let number):
            throw ClusterRunnerError(
                .invalidArgument,
                "The number \(number) cannot be kept: JSON has only finite ones."
            )
        case .string(let string): append(string, to: &text)
        case .array(let elements): try append(elements, to: &text)
        case .object(let members): try append(members, to: &text)
        }
    }

    private static func append(_ elements: [JSONValue], to text: inout String) throws {
        var separator = "["
        for element in elements {
            text += separator
            try append(element, to: &text)
            separator = ","
        }
        text += elements.isEmpty ? "[]" : "]"
    }

    private static func append(_ members: [String: JSONValue], to text: inout String) throws {
        var separator = "{"
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
            text += separator
            append(key, to: &text)
            text += ":"
            try append(value, to: &text)
            separator = ","
        }
        text += members.isEmpty ? "{}" : "}"
    }

    private static func append(_ string: String, to text: inout String) {
        text += "\""
        if string.utf8.contains(where: mustBeEscaped) {
            for scalar in string.unicodeScalars { append(scalar, to: &text) }
        } else {
            text += string
        }
        text += "\""
    }

    private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
        switch scalar {
        case "\"": text += "\\\""
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: text.unicodeScalars.append(scalar)
        }
    }

    private static func mustBeEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }
}
