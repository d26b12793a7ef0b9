/// A promise that queued changes become durable.
///
/// Waiting on a ticket more than once, or never, is fine.
public struct StoreTicket: Sendable {
    private let wait: @Sendable () async throws -> Void

    /// Creates a ticket from whatever waits for the changes.
    public init(_ wait: @escaping @Sendable () async throws -> Void) {
        self.wait = wait
    }

    /// Returns once the changes are on disk.
    ///
    /// - Throws: ``ClusterRunnerError`` when the transaction failed; none of its changes were made. `CancellationError`
    ///   when the surrounding task was canceled first; they will be made all the same.
    public func durable() async throws {
        try await wait()
    }
}
