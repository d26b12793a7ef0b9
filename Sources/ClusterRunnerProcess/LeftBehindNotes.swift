import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// Lines at the end of a command's output about processes that it left behind.
struct LeftBehindNotes: Sendable {
    private let path: String
    private let drain: Duration

    /// Maximum number of processes named.
    private static let mostNames = 20

    init(output: ShellCommand.Output, drain: Duration) {
        path =
            switch output {
            case .combined(let path): path
            case .separate(_, let error): error
            }
        self.drain = drain
    }

    /// Writes which processes were ended, by their ids and names.
    func write(ended processes: [pid_t: String]) {
        guard !processes.isEmpty else { return }
        let subject = processes.count == 1 ? "1 process" : "\(processes.count) processes"
        let verb = processes.count == 1 ? "was" : "were"
        append(
            "\(subject) still ran \(Self.text(drain)) after the command had ended, and \(verb) ended: "
                + Self.list(processes)
        )
    }

    /// Writes which processes could not be ended.
    func write(unended processes: [pid_t]) {
        guard !processes.isEmpty else { return }
        let named = processes.map { ($0, ProcessEntry($0)?.name ?? "?") }
        append("could not end what the command left behind: " + Self.list(Dictionary(uniqueKeysWithValues: named)))
    }

    /// Formats processes as `sleep (123), python3 (124)`.
    static func list(_ processes: [pid_t: String]) -> String {
        let shown = processes.sorted { $0.key < $1.key }.prefix(mostNames).map { "\($0.value) (\($0.key))" }
        let others = processes.count - shown.count
        return (shown + (others > 0 ? ["\(others) more"] : [])).joined(separator: ", ")
    }

    private static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let tenths = attoseconds / 100_000_000_000_000_000
        return tenths == 0 ? "\(seconds) s" : "\(seconds).\(tenths) s"
    }

    /// Appends a line; a failure to write it is ignored.
    private func append(_ text: String) {
        guard let file = try? OpenFile(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK) else { return }
        let size = (try? file.status().size) ?? 0
        let last = size > 0 ? (try? file.bytes(from: size - 1, count: 1).first) ?? nil : nil
        let startsLine = last == nil || last == UInt8(ascii: "\n")
        let line = (startsLine ? "" : "\n") + "[ClusterRunner: \(text).]\n"
        _ = try? file.unowned.write(Array(line.utf8)[...])
    }
}
