package import ClusterRunnerPlugin

/// An event to be stored.
///
/// The store gives it a number: see ``StoredEvent``.
package struct EventRecord: Sendable, Equatable {
    /// The kind of the event, such as `BUILD_SETUP_START`.
    package let tag: String
    /// The time in seconds since 1970.
    package let timestamp: Double
    /// Its data: `build_id`, `subjob_id`, `slave_id`, `exit_code` and so on.
    package let data: [String: JSONValue]

    /// Creates an event.
    package init(tag: String, timestamp: Double, data: [String: JSONValue]) {
        self.tag = tag
        self.timestamp = timestamp
        self.data = data
    }
}
