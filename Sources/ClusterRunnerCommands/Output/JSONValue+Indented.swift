import ClusterRunnerPlugin
import Foundation

extension JSONValue {
    /// The value over several lines, with its keys sorted, for people and files.
    var indentedText: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}
