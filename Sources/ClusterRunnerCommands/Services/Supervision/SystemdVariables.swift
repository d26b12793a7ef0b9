import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The variables by which systemd tells a service how to report to it.
struct SystemdVariables: Sendable, Equatable {
    /// The socket that takes messages; nil if systemd wants none.
    let socket: DatagramAddress?
    /// Whether the socket is there only until the service is ready.
    let isSocketTemporary: Bool
    /// The time within which systemd wants a sign of life; nil if it wants none.
    let watchdog: Duration?
    /// The sentences about variables that are not understood.
    let faults: [String]

    /// The names of all variables.
    ///
    /// They concern one process, so commands must not inherit them.
    static let names: Set<ByteString> = [
        socketName, watchdogName, watchdogProcessName, ByteString(readySocketName),
    ]

    /// The socket of `clusterrunner start-service`, which goes away when the service is ready.
    static let readySocketName = "READY_SOCKET"

    private static let socketName: ByteString = "NOTIFY_SOCKET"
    private static let watchdogName: ByteString = "WATCHDOG_USEC"
    private static let watchdogProcessName: ByteString = "WATCHDOG_PID"

    /// Reads the variables of a process; those of the watchdog may be meant for another one.
    ///
    /// An empty variable counts as not set.
    init(_ variables: [ByteString: ByteString], process: pid_t = getpid()) {
        let variables = variables.filter { !$0.value.bytes.isEmpty }
        var faults: [String] = []
        let readySocket = variables[ByteString(Self.readySocketName)].flatMap { DatagramAddress($0) }
        isSocketTemporary = readySocket != nil
        socket =
            readySocket
            ?? variables[Self.socketName].flatMap { text in
                let address = DatagramAddress(text)
                if address == nil {
                    faults.append(
                        "NOTIFY_SOCKET is \"\(text)\". It must be an absolute path or a name after @, of at most 107 bytes. "
                            + "systemd is told nothing."
                    )
                }
                return address
            }
        let isForOther = variables[Self.watchdogProcessName].map { $0.text.flatMap { pid_t($0) } != process } ?? false
        watchdog = variables[Self.watchdogName].flatMap { text in
            guard !isForOther else { return nil }
            let microseconds = text.text.flatMap { Int64($0) } ?? 0
            if microseconds <= 0 {
                faults.append(
                    "WATCHDOG_USEC is \"\(text)\". It must be a positive number. systemd gets no signs of life."
                )
            }
            return microseconds > 0 ? .microseconds(microseconds) : nil
        }
        self.faults = faults
    }
}
