import ClusterRunnerClient
import ClusterRunnerPlugin
import ClusterRunnerTerminal

/// The events of set-ups and teardowns as text, printed once even across lost connections.
struct SetupTranscript {
    /// One command on one slave.
    private struct Command: Hashable {
        let kind: String
        let slave: Int?
        /// Its number among those of its kind and slave.
        var number = 0
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

    /// Returns the text of an event; nil when it was already printed.
    mutating func take(_ event: String, _ members: [String: JSONValue], _ style: TextStyle) -> String? {
        let place = Command(kind: members["kind"]?.string ?? "command", slave: members["slave_id"]?.integer)
        var command = place
        switch event {
        case "begin":
            counts[place, default: 0] += 1
            command.number = counts[place, default: 0]
            guard progress[command] == nil else { return nil }
            progress[command] = Progress()
            urls[command] = members["slave_url"]?.string
            return heading(command, style)
        case "output":
            command.number = counts[place, default: 0]
            return output(members, of: command, style)
        case "end":
            command.number = counts[place, default: 0]
            guard progress[command]?.isOver == false else { return nil }
            progress[command]?.isOver = true
            return end(members, of: command, style)
        default: return nil
        }
    }

    private mutating func output(_ members: [String: JSONValue], of command: Command, _ style: TextStyle) -> String? {
        guard progress[command]?.isOver == false, let text = members["text"]?.string else { return nil }
        let offset = members["offset"]?.integer ?? 0
        let printed = progress[command]?.printed ?? 0
        guard offset + text.utf8.count > printed else { return nil }
        progress[command]?.printed = offset + text.utf8.count
        let new = offset < printed ? String(decoding: text.utf8.dropFirst(printed - offset), as: UTF8.self) : text
        let gap = offset > printed ? "[\(offset - printed) bytes were printed too fast to be shown here]\n" : ""
        return (last == command ? "" : heading(command, style)) + gap + new
    }

    private mutating func heading(_ command: Command, _ style: TextStyle) -> String {
        last = command
        return style(.bold, TerminalText.line(name(command))) + "\n"
    }

    private func end(_ members: [String: JSONValue], of command: Command, _ style: TextStyle) -> String {
        let code = members["exit_code"]?.integer.map { "exit code \($0)" } ?? "unknown outcome"
        let seconds = members["seconds"]?.seconds.map { ", \(TimeText.seconds($0)) s" } ?? ""
        let emphasis: TextStyle.Emphasis = members["exit_code"] == 0 ? .bold : .red
        return style(emphasis, TerminalText.line("\(name(command)) (\(code)\(seconds))")) + "\n"
    }

    private func name(_ command: Command) -> String {
        command.kind + (urls[command].map { " on \($0)" } ?? "")
    }
}
