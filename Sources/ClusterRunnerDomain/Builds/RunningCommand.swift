/// A set-up or teardown that runs on a slave, with the end of its output received so far.
package struct RunningCommand: Sendable, Equatable {
    /// The kind of the command.
    package let kind: CommandRun.Kind
    /// The command.
    package let command: String
    /// The slave that runs it; nil for the master.
    package let slaveID: SlaveID?
    /// The URL of the slave.
    package let slaveURL: String?
    /// The time of its start, in seconds since 1970 by the clock of the master.
    package let startedAt: Double
    /// The number of bytes received of its output.
    package var length: Int
    /// The last of these bytes.
    package var tail: [UInt8]
    /// Whether it has ended and its last output was received.
    package var hasEnded = false
    /// Its exit code, once it has ended.
    package var exitCode: Int?

    /// Creates a command without output.
    package init(kind: CommandRun.Kind, command: String, slaveID: SlaveID?, slaveURL: String?, startedAt: Double) {
        self.kind = kind
        self.command = command
        self.slaveID = slaveID
        self.slaveURL = slaveURL
        self.startedAt = startedAt
        length = 0
        tail = []
    }

    /// Appends output, if it continues the output received so far.
    ///
    /// - Returns: the number of bytes received, the offset for the next piece.
    package mutating func take(_ bytes: some Collection<UInt8>, at offset: Int) -> Int {
        guard offset == length else { return length }
        tail += bytes
        length += bytes.count
        if tail.count > CommandRun.outputLimit { tail.removeFirst(tail.count - CommandRun.outputLimit) }
        return length
    }

    /// Appends the rest of the complete output once the command has ended.
    ///
    /// Does nothing when the beginning of the received output was dropped, since the place of the rest is then unknown.
    package mutating func complete(with output: String) {
        let whole = Array(output.utf8)
        guard length == tail.count, whole.starts(with: tail) else { return }
        _ = take(whole[length...], at: length)
    }
}
