import Foundation

/// Bytes as text of the alphabet of RFC 4648.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// Reads what ``encode(_:)`` writes; nil when it is anything else.
    static func decode(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map { [UInt8]($0) } }
}
