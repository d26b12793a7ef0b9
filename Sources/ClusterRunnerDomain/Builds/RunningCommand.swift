/// A set-up or teardown that runs on a slave, with the end of its output as far as that has arrived.
package struct RunningCommand: Sendable, Equatable {
    /// What kind of command.
    package let kind: CommandRun.Kind
    /// The command.
    package let command: String
    /// The slave that runs it.
    package let slaveID: Int
    /// The URL of the slave.
    package let slaveURL: String
    /// When it began, in seconds since 1970 by the clock of the master.
    package let startedAt: Double
    /// How many bytes it has printed.
    package var length: Int
    /// The last of them.
    package var tail: [UInt8]
    /// Whether it has ended, and its last output is here.
    package var hasEnded = false
    /// Its exit code, once it has ended.
    package var exitCode: Int?

    /// Notes a command that has printed nothing yet.
    package init(kind: CommandRun.Kind, command: String, slaveID: Int, slaveURL: String, startedAt: Double) {
        self.kind = kind
        self.command = command
        self.slaveID = slaveID
        self.slaveURL = slaveURL
        self.startedAt = startedAt
        length = 0
        tail = []
    }

    /// Takes more output that follows what is here.
    ///
    /// - Returns: How many bytes are here then, where the next piece must begin.
    package mutating func take(_ bytes: some Collection<UInt8>, at offset: Int) -> Int {
        guard offset == length else { return length }
        tail += bytes
        length += bytes.count
        if tail.count > CommandRun.outputLimit { tail.removeFirst(tail.count - CommandRun.outputLimit) }
        return length
    }

    /// Takes what is missing from the output with which the command ended.
    ///
    /// Of an output whose beginning is not here any more it cannot be told where that goes on.
    package mutating func complete(with output: String) {
        let whole = Array(output.utf8)
        guard length == tail.count, whole.starts(with: tail) else { return }
        _ = take(whole[length...], at: length)
    }
}
