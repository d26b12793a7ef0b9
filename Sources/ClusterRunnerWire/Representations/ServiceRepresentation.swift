/// A master, as it shows itself at `/`.
package struct ServiceRepresentation: Codable, Sendable, Equatable {
    /// A sentence that says that it runs.
    package let status: String
    /// The slaves.
    package let slaves: [SlaveRepresentation]

    /// Shows a master.
    package init(status: String, slaves: [SlaveRepresentation]) {
        self.status = status
        self.slaves = slaves
    }
}

/// The health of a service.
package struct HealthRepresentation: Codable, Sendable, Equatable {
    /// Whether it answers.
    package var live = true
    /// Whether it can do its work.
    package let ready: Bool

    /// Shows the health of a service that answers.
    package init(ready: Bool) {
        self.ready = ready
    }
}
