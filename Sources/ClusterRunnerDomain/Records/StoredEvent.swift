package import ClusterRunnerPlugin

/// An event read from the store.
///
/// Its data stays JSON text: most readers only pass it on, and there are several events for every atom.
package struct StoredEvent: Sendable, Equatable {
    /// Its number, from 1, growing with time; never reused.
    package let id: Int
    /// The kind of the event, such as `BUILD_SETUP_START`.
    package let tag: String
    /// The time in seconds since 1970.
    package let timestamp: Double
    /// Its data: the text of a JSON object with its members in the order of their keys.
    package let json: [UInt8]

    /// Creates an event; `json` must be the text of a JSON object without space around it.
    package init(id: Int, tag: String, timestamp: Double, json: [UInt8]) {
        self.id = id
        self.tag = tag
        self.timestamp = timestamp
        self.json = json
    }

    /// The decoded data: `build_id`, `subjob_id`, `slave_id`, `exit_code` and so on.
    ///
    /// Whole numbers are integers, however they were written: JSON does not distinguish them. A text that is not an
    /// object, which only another program can have written, gives an empty dictionary.
    package var data: [String: JSONValue] { JSONParser.value(of: json)?.object ?? [:] }

    /// Creates an event from a record and the number that the store has given it.
    ///
    /// - Throws: ``ClusterRunnerError`` when a number is not finite, which JSON cannot express.
    package init(_ record: EventRecord, id: Int) throws {
        var writer = JSONWriter()
        try writer.write(record.data)
        self.init(id: id, tag: record.tag, timestamp: record.timestamp, json: writer.bytes)
    }
}
