package import ClusterRunnerDomain
package import ClusterRunnerPlugin

/// How events look in answers: what they happened to, with `__id__`, `__tag__` and `__timestamp__`.
package enum EventRepresentation {
    /// One event as a JSON object.
    package static func object(_ event: StoredEvent) -> JSONValue {
        let own: [String: JSONValue] = [
            "__id__": .integer(event.id), "__tag__": .string(event.tag), "__timestamp__": .number(event.timestamp),
        ]
        return .object(event.data.merging(own) { $1 })
    }

    /// One event as the text of a JSON object.
    package static func json(_ event: StoredEvent) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try append(event, to: &bytes)
        return bytes
    }

    /// Appends the text of one event.
    ///
    /// It is that of ``object(_:)``, made without reading what the event happened to: the underscores come before all
    /// letters of the other members' keys.
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
