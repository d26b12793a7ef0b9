/// A promise that queued changes become durable.
///
/// Waiting on a ticket more than once, or never, is fine.
package struct StoreTicket: Sendable {
    private let wait: @Sendable () async throws -> Void

    /// Creates a ticket from whatever waits for the changes.
    package init(_ wait: @escaping @Sendable () async throws -> Void) {
        self.wait = wait
    }

    /// Returns once the changes are on disk.
    ///
    /// - Throws: ``ClusterRunnerError`` when the transaction failed; none of its changes were made. `CancellationError`
    ///   when the surrounding task was canceled first; they will be made all the same.
    package func durable() async throws {
        try await wait()
    }
}
