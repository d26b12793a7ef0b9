/// Something that happened, to be stored.
///
/// The store gives it a number: see ``StoredEvent``.
public struct EventRecord: Sendable, Equatable {
    /// What kind of thing happened, such as `BUILD_SETUP_START`.
    public let tag: String
    /// When, in seconds since 1970.
    public let timestamp: Double
    /// What it happened to: `build_id`, `subjob_id`, `slave_id`, `exit_code` and so on.
    public let data: [String: JSONValue]

    /// Creates an event.
    public init(tag: String, timestamp: Double, data: [String: JSONValue]) {
        self.tag = tag
        self.timestamp = timestamp
        self.data = data
    }
}
