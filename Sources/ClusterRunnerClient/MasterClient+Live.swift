package import ClusterRunnerDomain
import ClusterRunnerWire
import NIOHTTP1

/// Streams of live data.
extension MasterClient {
    /// Streams the events of a build, from its first or after the event `last`, until the connection ends.
    ///
    /// In addition to the stored events with one of the `tags`, it has `BUILD_PROGRESS` events without a number. The
    /// stream ends or throws ``MasterUnreachable`` when the connection breaks; a reader reconnects with its last
    /// number.
    package func events(
        build: BuildID,
        tags: [EventTag],
        after last: Int?
    ) async throws -> AsyncThrowingStream<ServerSentEvent, any Error> {
        let path = "/v1/events?build=\(build)&tags=\(tags.map(\.rawValue).joined(separator: ","))"
        return try await follow(path, after: last)
    }

    /// Streams the output of an atom from the byte `offset` until the atom has ended: events `output`, then `end`.
    package func output(
        build: BuildID,
        subjob: SubjobID,
        atom: AtomIndex,
        from offset: Int
    ) async throws -> AsyncThrowingStream<ServerSentEvent, any Error> {
        try await follow(APIPath.console(build: build, subjob: subjob, atom: atom) + "/stream", after: offset)
    }

    /// Streams the set-ups and teardowns of a build: events `begin`, `output` and `end` of each, then `over`.
    package func setupOutput(build: BuildID) async throws -> AsyncThrowingStream<ServerSentEvent, any Error> {
        try await follow(APIPath.setup(build: build) + "/stream", after: nil)
    }

    private func follow(_ path: String, after last: Int?) async throws -> AsyncThrowingStream<
        ServerSentEvent, any Error
    > {
        let headers = last.map { [("Last-Event-ID", String($0))] } ?? []
        let pieces = try await connection.stream(.GET, path, headers: headers)
        let events = StreamReader(pieces, ServerSentEventParser())
        return AsyncThrowingStream { try await events.next() }
    }
}
