public import ClusterRunnerPlugin

/// A slave's line to a project on the master that needs no network: both are in this process.
public struct DirectProjectSource: ProjectSource {
    private let project: any ProjectType

    /// Creates a line to `project`, an instance that plays the master.
    public init(to project: any ProjectType) {
        self.project = project
    }

    public func request(_ body: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        try await project.export(body)
    }
}
