package import ClusterRunnerDomain

/// An event of a stream of Server-Sent Events that is not stored.
package protocol StreamEvent: Codable, Sendable, Equatable {
    /// The event's name in its stream.
    static var name: String { get }
}

/// A `BUILD_PROGRESS` of the event stream.
package struct BuildProgressEvent: StreamEvent {
    package static let name = "BUILD_PROGRESS"

    /// The build.
    package let build: BuildID
    /// The build's progress.
    package let progress: ProgressRepresentation
    /// The reason why it does not go on, in words.
    package let waitingFor: String?

    private enum CodingKeys: String, CodingKey {
        case build = "build_id"
        case progress
        case waitingFor = "waiting_for"
    }

    /// Creates an event.
    package init(build: BuildID, progress: ProgressRepresentation, waitingFor: String?) {
        self.build = build
        self.progress = progress
        self.waitingFor = waitingFor
    }
}

/// An `output` of the stream of an atom.
package struct ConsoleOutputEvent: StreamEvent {
    package static let name = "output"

    /// The number of bytes before it.
    package let offset: Int
    /// The text.
    package let text: String

    /// Creates an event.
    package init(offset: Int, text: String) {
        self.offset = offset
        self.text = text
    }
}

/// The `end` of the stream of an atom.
package struct ConsoleEndEvent: StreamEvent {
    package static let name = "end"

    /// The exit code; nil without a result.
    package let exitCode: Int?

    private enum CodingKeys: String, CodingKey {
        case exitCode = "exit_code"
    }

    /// Creates an event.
    package init(_ exitCode: Int?) {
        self.exitCode = exitCode
    }
}

// MARK: Set-ups and teardowns

/// A `begin` of the stream of set-ups and teardowns.
package struct CommandBeginEvent: StreamEvent {
    package static let name = "begin"

    /// The command's purpose.
    package let kind: CommandRun.Kind
    /// The command's slave.
    package let slaveID: SlaveID?
    /// The slave's address.
    package let slaveURL: String?
    /// The shell's text.
    package let command: String
    /// The time at which it began, in seconds since 1970.
    package let startedAt: Double

    private enum CodingKeys: String, CodingKey {
        case command
        case kind
        case slaveID = "slave_id"
        case slaveURL = "slave_url"
        case startedAt = "started_at"
    }

    /// Creates an event.
    package init(kind: CommandRun.Kind, slaveID: SlaveID?, slaveURL: String?, command: String, startedAt: Double) {
        self.kind = kind
        self.slaveID = slaveID
        self.slaveURL = slaveURL
        self.command = command
        self.startedAt = startedAt
    }
}

/// An `output` of the stream of set-ups and teardowns.
package struct CommandOutputEvent: StreamEvent {
    package static let name = "output"

    /// The command's purpose.
    package let kind: CommandRun.Kind
    /// The command's slave.
    package let slaveID: SlaveID?
    /// The number of bytes before it.
    package let offset: Int
    /// The text.
    package let text: String

    private enum CodingKeys: String, CodingKey {
        case kind
        case offset
        case slaveID = "slave_id"
        case text
    }

    /// Creates an event.
    package init(kind: CommandRun.Kind, slaveID: SlaveID?, offset: Int, text: String) {
        self.kind = kind
        self.slaveID = slaveID
        self.offset = offset
        self.text = text
    }
}

/// An `end` of the stream of set-ups and teardowns.
package struct CommandEndEvent: StreamEvent {
    package static let name = "end"

    /// The command's purpose.
    package let kind: CommandRun.Kind
    /// The command's slave.
    package let slaveID: SlaveID?
    /// The exit code; nil when it is not known.
    package let exitCode: Int?
    /// The seconds that it took; nil when they are not known.
    package let seconds: Double?

    private enum CodingKeys: String, CodingKey {
        case exitCode = "exit_code"
        case kind
        case seconds
        case slaveID = "slave_id"
    }

    /// Creates an event.
    package init(kind: CommandRun.Kind, slaveID: SlaveID?, exitCode: Int?, seconds: Double?) {
        self.kind = kind
        self.slaveID = slaveID
        self.exitCode = exitCode
        self.seconds = seconds
    }
}

/// The `over` of the stream of set-ups and teardowns: no more will begin.
package struct CommandsOverEvent: StreamEvent {
    package static let name = "over"

    /// Creates an event.
    package init() {}
}
