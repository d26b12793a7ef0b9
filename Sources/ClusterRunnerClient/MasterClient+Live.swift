package import ClusterRunnerDomain
import ClusterRunnerWire
import NIOHTTP1

/// What happens while it happens.
extension MasterClient {
    /// The events of a build, from its first one or after the event `last`, until the connection ends.
    ///
    /// Beside the stored events with one of the `tags`, it has `BUILD_PROGRESS`, without a number. The stream ends, or
    /// throws ``MasterUnreachable``, when the connection breaks; a reader comes back with the number it has read.
    package func events(
        build: Int,
        tags: [EventTag],
        after last: Int?
    ) async throws -> AsyncThrowingStream<ServerSentEvent, any Error> {
        let path = "/v1/events?build=\(build)&tags=\(tags.map(\.rawValue).joined(separator: ","))"
        return try await follow(path, after: last)
    }

    /// The output of an atom from the byte `offset` on, until it has ended: events `output`, and at last `end`.
    package func output(
        build: Int,
        subjob: Int,
        atom: Int,
        from offset: Int
    ) async throws -> AsyncThrowingStream<ServerSentEvent, any Error> {
        try await follow(APIPath.console(build: build, subjob: subjob, atom: atom) + "/stream", after: offset)
    }

    /// The set-ups and teardowns of a build while they run, from the first on: events `begin`, `output` and `end` of each,
    /// and at last `over`.
    package func setupOutput(build: Int) async throws -> AsyncThrowingStream<ServerSentEvent, any Error> {
        try await follow(APIPath.setup(build: build) + "/stream", after: nil)
    }

    private func follow(_ path: String, after last: Int?) async throws -> AsyncThrowingStream<
        ServerSentEvent, any Error
    > {
        let headers = last.map { [("Last-Event-ID", String($0))] } ?? []
        let events = ServerSentEvents(try await connection.stream(.GET, path, headers: headers))
        return AsyncThrowingStream { try await events.next() }
    }
}
