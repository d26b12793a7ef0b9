import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire

/// What one reader who follows the set-ups and teardowns of a build is sent, as Server-Sent Events.
///
/// `begin` names a command, `output` has a piece of what it printed, `end` its exit code; `over` is the last event. Events of
/// commands that run at the same time on several slaves are mixed, and each says to which command it belongs.
struct SetupFrames {
    /// The commands of a build at a moment.
    struct Look: Sendable {
        /// Those that run, and those that have ended a moment ago.
        let live: [RunningCommand]
        /// Those whose result is stored.
        let stored: [CommandRecord]
        /// Whether no more will begin.
        let isOver: Bool
    }

    /// The commands of one kind on one slave, which run one after the other.
    private struct Place: Hashable {
        let kind: CommandRun.Kind
        let slave: Int?
    }

    private let look: @Sendable () async throws -> Look
    private let wakeups: AsyncStream<Void>
    private let timekeeper: Timekeeper
    /// How many commands of a place the reader has whole.
    private var done: [Place: Int] = [:]
    /// How many bytes the reader has of the command that runs.
    private var followed: [Place: Int] = [:]
    private var hasEnded = false
    private var lastSent: Duration

    /// Begins with the first command; `wakeups` yields when there may be something new, from before the first look.
    init(wakeups: AsyncStream<Void>, timekeeper: Timekeeper, look: @escaping @Sendable () async throws -> Look) {
        self.wakeups = wakeups
        self.timekeeper = timekeeper
        self.look = look
        lastSent = timekeeper.now.uptime
    }

    /// The next events, as soon as there are some; nil after the end, or when the service ends.
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

    /// What is new of a command that runs, or of one that was followed and has ended.
    private mutating func follow(_ command: RunningCommand) throws -> [UInt8] {
        let place = Place(kind: command.kind, slave: command.slaveID)
        // One that has ended before is in the store.
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

    /// The commands whose result is stored and that were not followed.
    private mutating func catchUp(with look: Look) throws -> [UInt8] {
        var frames: [UInt8] = []
        var counts: [Place: Int] = [:]
        let live = Set(look.live.map { Place(kind: $0.kind, slave: $0.slaveID) })
        for record in look.stored {
            let place = Place(kind: record.run.kind, slave: record.slaveID)
            counts[place, default: 0] += 1
            guard counts[place, default: 0] > done[place, default: 0] else { continue }
            if followed[place] != nil {
                // The end of what is followed is known in a moment, unless its slave is gone.
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
