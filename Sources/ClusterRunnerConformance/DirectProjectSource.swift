package import ClusterRunnerPlugin

/// A project source without a network: slave and master are both in this process.
package struct DirectProjectSource: ProjectSource {
    private let project: any ProjectType

    /// Creates a source for `project`, an instance in the master's role.
    package init(to project: any ProjectType) {
        self.project = project
    }

    package func request(_ body: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        try await project.export(body)
    }
}
