/// The life cycle of a build.
package enum BuildState: String, Sendable, Codable, CaseIterable {
    case queued = "QUEUED"
    case preparing = "PREPARING"
    case prepared = "PREPARED"
    case building = "BUILDING"
    case finished = "FINISHED"
    case error = "ERROR"
    case canceled = "CANCELED"

    /// Whether the state can no longer change.
    package var isFinal: Bool { self == .finished || self == .error || self == .canceled }

    /// The place in the life cycle, from 1; the final states share the last one.
    package var step: Int {
        switch self {
        case .queued: 1
        case .preparing: 2
        case .prepared: 3
        case .building: 4
        case .finished, .error, .canceled: 5
        }
    }
}

/// The result of a finished build.
package enum BuildResult: String, Sendable, Codable {
    case noFailures = "NO_FAILURES"
    case failure = "FAILURE"
}

/// The life cycle of a subjob.
package enum SubjobState: String, Sendable, Codable {
    /// No slave holds it.
    case queued = "QUEUED"
    /// A slave holds it.
    case inProgress = "IN_PROGRESS"
    /// All its atoms have their final result.
    case completed = "COMPLETED"
    /// The build ended before the subjob.
    case canceled = "CANCELED"

    /// Whether the state can no longer change.
    package var isFinal: Bool { self == .completed || self == .canceled }
}

/// The life cycle of an atom.
package enum AtomState: String, Sendable, Codable {
    case notStarted = "NOT_STARTED"
    case inProgress = "IN_PROGRESS"
    case completed = "COMPLETED"
    case canceled = "CANCELED"
}
