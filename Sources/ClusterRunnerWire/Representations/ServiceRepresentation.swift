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
    /// Whether it can do its work; left out when only life was asked for.
    @Omissible package var ready: Bool?
    /// The reasons why it cannot do its work; left out when only life was asked for.
    @Omissible package var obstacles: [Obstacle]?

    /// A reason why a service cannot do its work.
    package struct Obstacle: Codable, Sendable, Equatable {
        /// The part that is concerned.
        package let kind: Kind
        /// The reason, a sentence.
        package let reason: String

        /// The parts of services that can stand against their work.
        package enum Kind: String, Codable, Sendable {
            /// The service is shutting down.
            case shutdown
            /// The database cannot be read or written.
            case database
            /// Too little of the disk is free.
            case disk
            /// Too many builds are unfinished.
            case backlog
            /// A slave is not registered with its master.
            case registration
        }

        /// Creates a reason.
        package init(kind: Kind, reason: String) {
            self.kind = kind
            self.reason = reason
        }
    }

    /// Shows that a service lives.
    package init() {
        _ready = Omissible(wrappedValue: nil)
        _obstacles = Omissible(wrappedValue: nil)
    }

    /// Shows the health of a service; without obstacles it is ready.
    package init(obstacles: [Obstacle]) {
        _ready = Omissible(wrappedValue: obstacles.isEmpty)
        _obstacles = Omissible(wrappedValue: obstacles)
    }
}
