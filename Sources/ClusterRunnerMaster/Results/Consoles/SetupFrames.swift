import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The Server-Sent Events for one reader that follows the set-ups and teardowns of a build.
///
/// `begin` names a command, `output` has a piece of its output, `end` its exit code; `over` is the last event. Events
/// of commands that run at the same time on several slaves are interleaved, and each names its command.
struct SetupFrames {
    /// A snapshot of the commands of a build.
    struct Look: Sendable {
        /// The running commands, and the most recently ended ones.
        let live: [RunningCommand]
        /// The commands with a stored result.
        let stored: [CommandRecord]
        /// Whether no further command will begin.
        let isOver: Bool
    }

    /// The commands of one kind on one slave, which run one after the other.
    private struct Place: Hashable {
        let kind: CommandRun.Kind
        let slave: SlaveID?
    }

    private let look: @Sendable () async throws -> Look
    private let wakeups: AsyncStream<Void>
    private let timekeeper: Timekeeper
    /// The number of commands of each place that the reader has completely.
    private var done: [Place: Int] = [:]
    /// The number of bytes of the running command that the reader has.
    private var followed: [Place: Int] = [:]
    private var hasEnded = false
    private var lastSent: Duration

    /// Begins with the first command; `wakeups` yields when there may be news, from before the first look.
    init(wakeups: AsyncStream<Void>, timekeeper: Timekeeper, look: @escaping @Sendable () async throws -> Look) {
        self.wakeups = wakeups
        self.timekeeper = timekeeper
        self.look = look
        lastSent = timekeeper.now.uptime
    }

    /// Returns the next events, as soon as there are some; nil after the end, or when the service ends.
    mutating func next() async throws -> [UInt8]? {
        while !hasEnded {
            if let frames = try ready(try await look()) {
                lastSent = timekeeper.now.uptime
                return frames
            }
            var iterator = wakeups.makeAsyncIterator()
            guard await iterator.next() != nil else { return nil }
        }
        return nil
    }

    private mutating func ready(_ look: Look) throws -> [UInt8]? {
        var frames: [UInt8] = []
        for command in look.live { frames += try follow(command) }
        frames += try catchUp(with: look)
        if look.isOver {
            hasEnded = true
            return frames + (try EventFrames.frame(CommandsOverEvent()))
        }
        guard frames.isEmpty else { return frames }
        let isSilent = timekeeper.now.uptime - lastSent >= EventFrames.keepAlive
        return isSilent ? Array(": keep-alive\n\n".utf8) : nil
    }

    /// Returns the news of a running command, or of a followed one that has ended.
    private mutating func follow(_ command: RunningCommand) throws -> [UInt8] {
        let place = Place(kind: command.kind, slave: command.slaveID)
        // A command that ended before is in the store.
        guard followed[place] != nil || !command.hasEnded else { return [] }
        var frames: [UInt8] = []
        if followed[place] == nil {
            frames += try Self.begin(place, url: command.slaveURL, command: command.command, command.startedAt)
        }
        let first = command.length - command.tail.count
        let offset = max(first, followed[place] ?? 0)
        let new = ConsoleFrames.text(command.tail[(offset - first)...], isLast: command.hasEnded)
        if !new.isEmpty { frames += try Self.output(place, offset, new) }
        followed[place] = offset + new.count
        guard command.hasEnded else { return frames }
        followed[place] = nil
        done[place, default: 0] += 1
        return frames + (try Self.end(place, exitCode: command.exitCode, seconds: nil))
    }

    /// Returns the commands with a stored result that were not followed.
    private mutating func catchUp(with look: Look) throws -> [UInt8] {
        var frames: [UInt8] = []
        var counts: [Place: Int] = [:]
        let live = Set(look.live.map { Place(kind: $0.kind, slave: $0.slaveID) })
        for record in look.stored {
            let place = Place(kind: record.run.kind, slave: record.slaveID)
            counts[place, default: 0] += 1
            guard counts[place, default: 0] > done[place, default: 0] else { continue }
            if followed[place] != nil {
                // A followed command ends in a moment, unless its slave is gone.
                guard !live.contains(place) else { continue }
                followed[place] = nil
            } else {
                frames += try Self.begin(
                    place,
                    url: record.slaveURL,
                    command: record.run.command,
                    record.startedAt
                )
                let output = Array(record.run.output.utf8)
                if !output.isEmpty { frames += try Self.output(place, 0, output[...]) }
            }
            done[place, default: 0] += 1
            frames += try Self.end(place, exitCode: record.run.exitCode, seconds: record.run.seconds)
        }
        return frames
    }
}

// MARK: Events

extension SetupFrames {
    private static func begin(
        _ place: Place,
        url: String?,
        command: String,
        _ startedAt: Double
    ) throws -> [UInt8] {
        let event = CommandBeginEvent(
            kind: place.kind,
            slaveID: place.slave,
            slaveURL: url,
            command: command,
            startedAt: startedAt
        )
        return try EventFrames.frame(event)
    }

    private static func output(_ place: Place, _ offset: Int, _ bytes: ArraySlice<UInt8>) throws -> [UInt8] {
        let text = String(decoding: bytes, as: UTF8.self)
        let event = CommandOutputEvent(kind: place.kind, slaveID: place.slave, offset: offset, text: text)
        return try EventFrames.frame(event)
    }

    private static func end(_ place: Place, exitCode: Int?, seconds: Double?) throws -> [UInt8] {
        let event = CommandEndEvent(kind: place.kind, slaveID: place.slave, exitCode: exitCode, seconds: seconds)
        return try EventFrames.frame(event)
    }
}
