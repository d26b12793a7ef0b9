package import ClusterRunnerDomain
package import ClusterRunnerPlugin

/// The form of events in answers: their data, with `__id__`, `__tag__` and `__timestamp__`.
package enum EventRepresentation {
    /// The keys of an event's own members, in their order; the underscores come before all letters of other members' keys.
    fileprivate enum Key: String {
        case id = "__id__"
        case tag = "__tag__"
        case timestamp = "__timestamp__"
    }

    /// One event as a JSON object.
    package static func object(_ event: StoredEvent) -> JSONValue {
        let own: [(Key, JSONValue)] = [
            (.id, .integer(event.id)), (.tag, .string(event.tag)), (.timestamp, .number(event.timestamp)),
        ]
        return .object(event.data.merging(own.map { ($0.rawValue, $1) }) { $1 })
    }

    /// Represents one event as JSON text.
    package static func json(_ event: StoredEvent) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try append(event, to: &bytes)
        return bytes
    }

    /// Appends the text of one event.
    ///
    /// Produces the text of ``object(_:)`` without parsing the event's data: underscores sort before all letters of the
    /// other keys.
    package static func append(_ event: StoredEvent, to bytes: inout [UInt8]) throws {
        var writer = JSONWriter(behind: bytes)
        bytes = []
        defer { bytes = writer.bytes }
        writer.append(verbatim: "{".utf8)
        writer.begin(.id)
        writer.write(event.id)
        writer.append(verbatim: ",".utf8)
        writer.begin(.tag)
        writer.write(event.tag)
        writer.append(verbatim: ",".utf8)
        writer.begin(.timestamp)
        try writer.write(event.timestamp)
        if event.json != Array("{}".utf8) { writer.append(verbatim: ",".utf8) }
        writer.append(verbatim: event.json.dropFirst())
    }
}

extension JSONWriter {
    fileprivate mutating func begin(_ key: EventRepresentation.Key) {
        write(key.rawValue)
        append(UInt8(ascii: ":"))
    }
}
