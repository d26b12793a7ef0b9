public import ClusterRunnerPlugin

/// A project source without a network: slave and master are both in this process.
public struct DirectProjectSource: ProjectSource {
    private let project: any ProjectType

    /// Creates a source for `project`, an instance in the master's role.
    public init(to project: any ProjectType) {
        self.project = project
    }

    public func request(_ body: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        try await project.export(body)
    }
}
