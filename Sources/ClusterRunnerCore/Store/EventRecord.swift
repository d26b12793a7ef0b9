/// Something that happened, as `/v1/eventlog` lists it.
public struct EventRecord: Sendable, Equatable {
    /// Its number: from 1 on, growing with time, never used twice; 0 until the store has given it one.
    public var id: Int
    /// What kind of thing happened, such as `BUILD_SETUP_START`.
    public let tag: String
    /// When, in seconds since 1970.
    public let timestamp: Double
    /// What it happened to: `build_id`, `subjob_id`, `slave_id`, `exit_code` and so on.
    public let data: [String: JSONValue]

    /// Creates an event.
    public init(id: Int = 0, tag: String, timestamp: Double, data: [String: JSONValue]) {
        self.id = id
        self.tag = tag
        self.timestamp = timestamp
        self.data = data
    }
}
