import ClusterRunnerFiles
import Dispatch
import Logging

/// The sender of messages to systemd, in their order.
///
/// It has a thread of its own, because systemd may be too busy to take a message.
final class SystemdSocket: Sendable {
    private let address: DatagramAddress
    private let logger: Logger
    private let queue = DispatchQueue(label: "clusterrunner.systemd")

    /// Creates a sender.
    init(_ address: DatagramAddress, logger: Logger) {
        self.address = address
        self.logger = logger
    }

    /// Sends a message after all earlier ones; does not wait.
    func send(_ message: String) {
        queue.async { [address, logger] in
            do {
                try address.send(message.utf8)
            } catch {
                let name = message.prefix { $0 != "=" }
                logger.warning("systemd could not be told \(name) through NOTIFY_SOCKET: \(error).")
            }
        }
    }
}
