/// Text in Prometheus' exposition format, version 0.0.4, while it is written.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/
package struct ExpositionText: Sendable {
    /// The media type of the finished text.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The lines so far, each with its line feed.
    package private(set) var text = ""

    /// Begins a metric.
    mutating func begin(_ name: String, _ kind: MetricFamily.Kind, help: String?) {
        if let help { text += "# HELP \(name) \(Self.escaped(help))\n" }
        text += "# TYPE \(name) \(kind.name)\n"
    }

    /// Writes one value; `labels` are the finished pairs between the braces.
    mutating func sample(_ name: String, _ labels: String, _ value: Double) {
        text += labels.isEmpty ? "\(name) \(Self.number(value))\n" : "\(name){\(labels)} \(Self.number(value))\n"
    }
}

extension ExpositionText {
    /// Returns labels as the text between braces, ordered by name.
    static func labels(_ pairs: [(String, String)]) -> String {
        guard !pairs.isEmpty else { return "" }
        let sorted = pairs.count == 1 ? pairs : pairs.sorted { $0.0 < $1.0 }
        return sorted.map { "\(name($0.0))=\"\(escaped($0.1, quotes: true))\"" }.joined(separator: ",")
    }

    /// Returns a legal name: characters that the format does not allow become underscores.
    static func name(_ text: String) -> String {
        let isLegal = { (byte: UInt8) in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        if text.utf8.allSatisfy(isLegal), text.utf8.first.map({ $0 > UInt8(ascii: "9") }) == true { return text }
        let body = String(text.map { $0.utf8.count == 1 && $0.utf8.allSatisfy(isLegal) ? $0 : "_" })
        return body.utf8.first.map { $0 > UInt8(ascii: "9") } == true ? body : "_\(body)"
    }

    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        // By scalars: a line feed after a carriage return is part of one character.
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Returns a number as the format writes it.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // A whole number up to here is exact, and reads better without a fraction.
        return abs(value) < 1e15 && value == value.rounded() ? "\(Int(value))" : "\(value)"
    }
}
