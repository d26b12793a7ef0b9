import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import NIOCore

/// The memory that bodies take up before anything proves that their senders know the secret.
///
/// The first bytes of each body are free, so that small requests pass while large ones fill the rest.
final class UnverifiedBytes: Sendable {
    private let limit: Int
    private let used = Lock(0)

    /// The bytes of each body that do not count; the number of connections bounds them.
    static let allowance = 16 << 10
    /// The time that a body may take to arrive.
    static let patience = TimeAmount.seconds(30)

    /// Creates an account for so many bytes at a time.
    init(limit: Int = 64 << 20) {
        self.limit = limit
    }

    /// Takes bytes of a body whose size grows to `size`.
    ///
    /// - Returns: How many of them count, which must be given back.
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/unavailable`` when there are too many.
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

    /// Gives bytes back that counted.
    func giveBack(_ count: Int) {
        used.withLock { $0 -= count }
    }
}
