package import ClusterRunnerPlugin

/// An event as the store gives it back.
///
/// What it happened to stays the text that it is in the store: most readers only pass it on, and there are several events
/// for every atom.
package struct StoredEvent: Sendable, Equatable {
    /// Its number: from 1 on, growing with time, never used twice.
    package let id: Int
    /// What kind of thing happened, such as `BUILD_SETUP_START`.
    package let tag: String
    /// When, in seconds since 1970.
    package let timestamp: Double
    /// What it happened to: the text of a JSON object with its members in the order of their keys.
    package let json: [UInt8]

    /// Creates an event; `json` must be the text of a JSON object without space around it.
    package init(id: Int, tag: String, timestamp: Double, json: [UInt8]) {
        self.id = id
        self.tag = tag
        self.timestamp = timestamp
        self.json = json
    }

    /// What it happened to: `build_id`, `subjob_id`, `slave_id`, `exit_code` and so on.
    ///
    /// A whole number is an integer, whichever it was: JSON does not tell them apart. A text that is no object, which only
    /// another program can have written, is empty.
    package var data: [String: JSONValue] { JSONParser.value(of: json)?.object ?? [:] }

    /// Creates an event from a record, with the number that the store has given it.
    ///
    /// - Throws: ``ClusterRunnerError`` when a number is not finite, which JSON cannot express.
    package init(_ record: EventRecord, id: Int) throws {
        var writer = JSONWriter()
        try writer.write(record.data)
        self.init(id: id, tag: record.tag, timestamp: record.timestamp, json: writer.bytes)
    }
}
