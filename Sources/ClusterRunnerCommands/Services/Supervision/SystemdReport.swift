/// The state of a service as systemd knows it, and the messages that change it.
///
/// A pure value: each event returns the message to send, nil if there is nothing new to say.
struct SystemdReport: Sendable {
    private enum Phase { case starting, ready, ending }

    private var phase = Phase.starting
    /// The status of a service that answers.
    private var usual = ""
    /// The status that systemd was told.
    private var shown = ""

    /// Records that the service is ready; a second call only changes the status.
    mutating func ready(_ status: String) -> String? {
        guard phase == .starting else { return report(status) }
        phase = .ready
        usual = status
        return lines("READY=1", showing: status)
    }

    /// Records a changed situation.
    mutating func report(_ status: String) -> String? {
        usual = status
        return phase == .ready ? lines(nil, showing: status) : nil
    }

    /// Records an answer to a probe, which is a sign of life.
    mutating func answered(_ status: String?) -> String? {
        usual = status ?? usual
        return phase == .ready ? lines("WATCHDOG=1", showing: usual) : lines("WATCHDOG=1", showing: nil)
    }

    /// Records a probe that failed or has no answer yet.
    ///
    /// Without a sign of life systemd restarts the service in the end.
    mutating func failed(_ status: String) -> String? {
        phase == .ready ? lines(nil, showing: status) : nil
    }

    /// Records that the service ends, and asks systemd for the time that this takes.
    mutating func ending(within limit: Duration) -> String? {
        guard phase != .ending else { return nil }
        phase = .ending
        let microseconds = limit / .microseconds(1)
        let message = "STOPPING=1\nEXTEND_TIMEOUT_USEC=\(Int64(microseconds))"
        return lines(message, showing: "Finishing running work before the end.")
    }

    private mutating func lines(_ first: String?, showing status: String?) -> String? {
        var lines = first.map { [$0] } ?? []
        if let status = status.map(Self.line), status != shown {
            shown = status
            lines.append("STATUS=\(status)")
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    /// A line of its own would be another variable.
    private static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
