import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import NIOCore

/// The memory used by bodies of requests that have not proven knowledge of the secret.
///
/// The first bytes of each body do not count, so that small requests pass while large ones fill the rest.
final class UnverifiedBytes: Sendable {
    private let limit: Int
    private let used = Lock(0)

    /// The bytes of each body that do not count; the number of connections limits them.
    static let allowance = 16 << 10
    /// The time that a body may take to arrive.
    static let patience = TimeAmount.seconds(30)

    /// Creates an account of `limit` bytes in total.
    init(limit: Int = 64 << 20) {
        self.limit = limit
    }

    /// Takes `count` bytes for a body that grows to `size`.
    ///
    /// - Returns: The number of counted bytes, to be given back.
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/unavailable`` when the account is full.
    func take(_ count: Int, of size: Int) throws -> Int {
        let counted = min(count, max(0, size - Self.allowance))
        let isTaken = used.withLock { used in
            guard used + counted <= limit else { return false }
            used += counted
            return true
        }
        guard isTaken else {
            throw ClusterRunnerError(
                .unavailable,
                "\(limit >> 20) MiB of requests without a signature are on their way already. Try again later."
            )
        }
        return counted
    }

    /// Gives counted bytes back.
    func giveBack(_ count: Int) {
        used.withLock { $0 -= count }
    }
}
