/// The observer of a service's life, such as the service manager of the machine.
///
/// Services call it from any task. Only ``watch(_:)`` waits.
package protocol ServiceSupervisor: Sendable {
    /// Records that the service does its work from now on, with a sentence for people.
    func ready(_ status: String)

    /// Records a changed situation of the service, as a sentence for people.
    func report(_ status: String)

    /// Records that the service was told to end, and will have ended within a time limit.
    func ending(within limit: Duration)

    /// Calls a probe at intervals until the surrounding task is canceled.
    ///
    /// The probe takes the way of the service's own work, and returns when each part on that way has answered. Its
    /// result is a sentence about the service, nil if nothing has changed. It is canceled when it takes too long.
    func watch(_ probe: @escaping @Sendable () async throws -> String?) async
}

/// The supervisor of a service that nothing observes.
package struct NoSupervisor: ServiceSupervisor {
    package init() {}
    package func ready(_ status: String) {}
    package func report(_ status: String) {}
    package func ending(within limit: Duration) {}
    package func watch(_ probe: @escaping @Sendable () async throws -> String?) async {}
}
