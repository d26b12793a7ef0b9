import ClusterRunnerFiles
import Dispatch
import Logging

/// The sender of messages to systemd, in their order.
///
/// It has a thread of its own, because systemd may be too busy to take a message.
final class SystemdSocket: Sendable {
    private let address: DatagramAddress
    private let isTemporary: Bool
    private let logger: Logger
    private let queue = DispatchQueue(label: "clusterrunner.systemd")

    /// Creates a sender; a socket that is temporary may have no receiver.
    init(_ address: DatagramAddress, isTemporary: Bool, logger: Logger) {
        self.address = address
        self.isTemporary = isTemporary
        self.logger = logger
    }

    /// Sends a message after all earlier ones; does not wait.
    func send(_ message: String) {
        queue.async { [address, isTemporary, logger] in
            do {
                try address.send(message.utf8)
            } catch {
                guard !isTemporary else { return }
                let name = message.prefix { $0 != "=" }
                logger.warning("systemd could not be told \(name) through NOTIFY_SOCKET: \(error).")
            }
        }
    }
}
