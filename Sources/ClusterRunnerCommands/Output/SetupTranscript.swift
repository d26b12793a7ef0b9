import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerTerminal
import ClusterRunnerWire

/// The events of set-ups and teardowns as text, printed once even across lost connections.
struct SetupTranscript {
    /// One command on one slave.
    private struct Command: Hashable {
        let kind: CommandRun.Kind
        let slave: SlaveID?
        /// Its number among those of its kind and slave.
        var number = 0
    }

    /// An event of the stream.
    enum Event {
        case begin(CommandBeginEvent)
        case output(CommandOutputEvent)
        case end(CommandEndEvent)

        /// Reads an event; nil if it is of another kind.
        init?(_ event: ServerSentEvent) throws {
            switch event.name {
            case CommandBeginEvent.name: self = .begin(try event.read())
            case CommandOutputEvent.name: self = .output(try event.read())
            case CommandEndEvent.name: self = .end(try event.read())
            default: return nil
            }
        }
    }

    private struct Progress {
        var printed = 0
        var isOver = false
    }

    private var progress: [Command: Progress] = [:]
    /// The number of commands of each kind and slave named on this connection.
    private var counts: [Command: Int] = [:]
    private var urls: [Command: String] = [:]
    /// The command of the last printed output.
    private var last: Command?

    /// Resets the counts for a new connection, on which the master sends everything from the beginning.
    mutating func connectionBegins() { counts = [:] }

    /// The text of an event; nil when it was printed before.
    mutating func take(_ event: Event, _ style: TextStyle) -> String? {
        switch event {
        case .begin(let begin): self.begin(begin, style)
        case .output(let output): self.output(output, style)
        case .end(let end): self.end(end, style)
        }
    }

    private mutating func begin(_ event: CommandBeginEvent, _ style: TextStyle) -> String? {
        counts[Command(kind: event.kind, slave: event.slaveID), default: 0] += 1
        let command = current(event.kind, event.slaveID)
        guard progress[command] == nil else { return nil }
        progress[command] = Progress()
        urls[command] = event.slaveURL
        return heading(command, style)
    }

    private mutating func output(_ event: CommandOutputEvent, _ style: TextStyle) -> String? {
        let command = current(event.kind, event.slaveID)
        guard let old = progress[command], !old.isOver else { return nil }
        let (text, offset, printed) = (event.text, event.offset, old.printed)
        guard offset + text.utf8.count > printed else { return nil }
        progress[command]?.printed = offset + text.utf8.count
        let new = offset < printed ? String(decoding: text.utf8.dropFirst(printed - offset), as: UTF8.self) : text
        let gap = offset > printed ? "[\(offset - printed) bytes were printed too fast to be shown here]\n" : ""
        return (last == command ? "" : heading(command, style)) + gap + new
    }

    private mutating func end(_ event: CommandEndEvent, _ style: TextStyle) -> String? {
        let command = current(event.kind, event.slaveID)
        guard progress[command]?.isOver == false else { return nil }
        progress[command]?.isOver = true
        let code = event.exitCode.map { "exit code \($0)" } ?? "it is not known how it ended"
        let seconds = event.seconds.map { ", \(DurationText.seconds($0)) s" } ?? ""
        let emphasis: TextStyle.Emphasis = event.exitCode == 0 ? .bold : .red
        return style(emphasis, TerminalText.line("\(name(command)) (\(code)\(seconds))")) + "\n"
    }

    /// The command of a kind on a slave that the connection has named last.
    private func current(_ kind: CommandRun.Kind, _ slave: SlaveID?) -> Command {
        let place = Command(kind: kind, slave: slave)
        return Command(kind: kind, slave: slave, number: counts[place, default: 0])
    }

    private mutating func heading(_ command: Command, _ style: TextStyle) -> String {
        last = command
        return style(.bold, TerminalText.line(name(command))) + "\n"
    }

    private func name(_ command: Command) -> String {
        command.kind.rawValue + (urls[command].map { " on \($0)" } ?? "")
    }
}
