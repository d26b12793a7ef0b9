package import ClusterRunnerDomain
package import ClusterRunnerPlugin

/// The form of events in answers: their data, with `__id__`, `__tag__` and `__timestamp__`.
package enum EventRepresentation {
    /// Represents one event as a JSON object.
    package static func object(_ event: StoredEvent) -> JSONValue {
        let own: [String: JSONValue] = [
            "__id__": .integer(event.id), "__tag__": .string(event.tag), "__timestamp__": .number(event.timestamp),
        ]
        return .object(event.data.merging(own) { $1 })
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
        writer.append(verbatim: #"{"__id__":"#.utf8)
        writer.write(event.id)
        writer.append(verbatim: #","__tag__":"#.utf8)
        writer.write(event.tag)
        writer.append(verbatim: #","__timestamp__":"#.utf8)
        try writer.write(event.timestamp)
        if event.json != Array("{}".utf8) { writer.append(verbatim: ",".utf8) }
        writer.append(verbatim: event.json.dropFirst())
    }
}
