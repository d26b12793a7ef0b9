/// A project type whose description is not known yet, such as that of an executable that has to be asked.
package struct ProjectTypePromise: Sendable {
    /// The name of the type.
    package let name: String
    /// Returns the description, or the reason why the type cannot be used; nil while neither is known.
    let current: @Sendable () -> Result<RegisteredProjectType, ClusterRunnerError>?
    /// Waits for the description; throws the reason why the type cannot be used.
    let value: @Sendable () async throws -> RegisteredProjectType

    /// Creates a promise.
    package init(
        name: String,
        current: @escaping @Sendable () -> Result<RegisteredProjectType, ClusterRunnerError>?,
        value: @escaping @Sendable () async throws -> RegisteredProjectType
    ) {
        self.name = name
        self.current = current
        self.value = value
    }

    /// Creates a type that cannot be used.
    package init(name: String, unavailable reason: ClusterRunnerError) {
        self.init(name: name, current: { .failure(reason) }, value: { throw reason })
    }
}

/// A project type that exists and cannot be used.
package struct UnavailableProjectType: Sendable, Equatable {
    /// The name of the type.
    package let name: String
    /// The reason, in one sentence.
    package let reason: String

    /// Creates the entry of a type.
    package init(name: String, reason: String) {
        self.name = name
        self.reason = reason
    }
}
