/// The form of log records (`log_format`).
package enum LogFormat: String, Sendable, CaseIterable {
    /// A line for people: `2026-11-23T22:00:00.123Z WARNING [master] Slave lost slave_id=3`.
    case text
    /// A JSON object a line, with `time`, `level`, `logger`, `message` and the metadata of the record.
    case json
}
