/// A ticket for queued changes that will become durable.
///
/// It may be awaited any number of times, or never.
package struct StoreTicket: Sendable {
    private let wait: @Sendable () async throws -> Void

    /// Creates a ticket from a function that waits for the changes.
    package init(_ wait: @escaping @Sendable () async throws -> Void) {
        self.wait = wait
    }

    /// Waits until the changes are on disk.
    ///
    /// - Throws: ``ClusterRunnerError`` when the transaction failed; none of its changes were made. `CancellationError`
    ///   when the surrounding task was canceled first; the changes are made all the same.
    package func durable() async throws {
        try await wait()
    }
}
