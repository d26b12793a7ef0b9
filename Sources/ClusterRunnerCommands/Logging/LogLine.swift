import CDispatch
import ClusterRunnerPlugin
import Glibc
import Logging

/// The text of one log record: `2026-11-23T22:00:00.123Z WARNING [master] Slave lost slave_id=3`.
struct LogLine {
    /// The time in milliseconds since 1970.
    let time: Int
    let level: Logger.Level
    let label: String
    let message: String
    let metadata: Logger.Metadata

    /// Returns the line, including its end.
    func text(_ format: LogFormat) -> String {
        switch format {
        case .text: text
        case .json: json
        }
    }

    /// The record as JSON, including the end of its line; of two members of one name, the metadata's has `_` before it.
    private var json: String {
        var members: [String: JSONValue] = [
            "time": .string(Self.timestamp(time)), "level": .string(level.clusterRunnerName), "logger": .string(label),
            "message": .string(message),
        ]
        for (key, value) in metadata { members[members[key] == nil ? key : "_\(key)"] = .string("\(value)") }
        // Only numbers that are none cannot be written.
        guard let bytes = try? JSONValue.object(members).text() else { return text }
        return String(decoding: bytes, as: UTF8.self) + "\n"
    }

    /// The line, including its end.
    var text: String {
        let pairs = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\(Self.value("\($0.value)"))" }
        return
            "\(Self.timestamp(time)) \(level.clusterRunnerName) [\(label)] \(Self.oneLine(message))\(pairs.joined())\n"
    }

    /// Formats a time in UTC, to the millisecond.
    static func timestamp(_ time: Int) -> String {
        var seconds = time / 1_000
        var date = tm()
        gmtime_r(&seconds, &date)
        let day = "\(date.tm_year + 1_900)-\(padded(date.tm_mon + 1, 2))-\(padded(date.tm_mday, 2))"
        let clock = "\(padded(date.tm_hour, 2)):\(padded(date.tm_min, 2)):\(padded(date.tm_sec, 2))"
        return "\(day)T\(clock).\(padded(Int32(time % 1_000), 3))Z"
    }

    private static func padded(_ number: Int32, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Formats a value after `key=`, quoted unless it is one word.
    private static func value(_ text: String) -> String {
        let isWord = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\"") }
        return isWord ? text : "\"\(oneLine(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")))\""
    }

    /// Replaces line ends and control characters, which could forge a record or control a terminal.
    private static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.map { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            case _ where isControl(scalar): "\\u{\(String(scalar.value, radix: 16))}"
            default: String(scalar)
            }
        }.joined()
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
}

extension Logger.Level {
    /// The level's name in log lines, as in ClusterRunner 1.x if it had the level.
    var clusterRunnerName: String { rawValue.uppercased() }
}
