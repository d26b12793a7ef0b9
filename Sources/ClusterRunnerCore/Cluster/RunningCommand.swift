/// A set-up or teardown that runs on a slave, with the end of its output as far as that has arrived.
public struct RunningCommand: Sendable, Equatable {
    /// What kind of command.
    public let kind: CommandRun.Kind
    /// The command.
    public let command: String
    /// The slave that runs it.
    public let slaveID: Int
    /// The URL of the slave.
    public let slaveURL: String
    /// When it began, in seconds since 1970 by the clock of the master.
    public let startedAt: Double
    /// How many bytes it has printed.
    public var length: Int
    /// The last of them.
    public var tail: [UInt8]
    /// Whether it has ended, and its last output is here.
    public var hasEnded = false
    /// Its exit code, once it has ended.
    public var exitCode: Int?

    /// Notes a command that has printed nothing yet.
    public init(kind: CommandRun.Kind, command: String, slaveID: Int, slaveURL: String, startedAt: Double) {
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
    public mutating func take(_ bytes: some Collection<UInt8>, at offset: Int) -> Int {
        guard offset == length else { return length }
        tail += bytes
        length += bytes.count
        if tail.count > CommandRun.outputLimit { tail.removeFirst(tail.count - CommandRun.outputLimit) }
        return length
    }

    /// Takes what is missing from the output with which the command ended.
    ///
    /// Of an output whose beginning is not here any more it cannot be told where that goes on.
    public mutating func complete(with output: String) {
        let whole = Array(output.utf8)
        guard length == tail.count, whole.starts(with: tail) else { return }
        _ = take(whole[length...], at: length)
    }
}
