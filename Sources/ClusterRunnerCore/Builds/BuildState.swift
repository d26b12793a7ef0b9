/// The life cycle of a build.
public enum BuildState: String, Sendable, Codable, CaseIterable {
    case queued = "QUEUED"
    case preparing = "PREPARING"
    case prepared = "PREPARED"
    case building = "BUILDING"
    case finished = "FINISHED"
    case error = "ERROR"
    case canceled = "CANCELED"

    /// Whether nothing more will happen to the build.
    public var isFinal: Bool { self == .finished || self == .error || self == .canceled }
}

/// How a build ended.
public enum BuildResult: String, Sendable, Codable {
    case noFailures = "NO_FAILURES"
    case failure = "FAILURE"
}

/// The life cycle of a subjob.
public enum SubjobState: String, Sendable, Codable {
    /// Nobody works on it.
    case queued = "QUEUED"
    /// A slave holds it.
    case inProgress = "IN_PROGRESS"
    /// All its atoms have their final result.
    case completed = "COMPLETED"
    /// The build ended before it did.
    case canceled = "CANCELED"

    /// Whether nothing more will happen to the subjob.
    public var isFinal: Bool { self == .completed || self == .canceled }
}

/// The life cycle of an atom.
public enum AtomState: String, Sendable, Codable {
    case notStarted = "NOT_STARTED"
    case inProgress = "IN_PROGRESS"
    case completed = "COMPLETED"
    case canceled = "CANCELED"
}
