import ClusterRunnerDomain
import ClusterRunnerTerminal

/// A slave that could not set up a build or run its atoms, with the last lines of what it said.
struct SlaveTrouble: Sendable {
    let id: SlaveID
    let stage: String
    let slave: String
    let slavePath: String
    let badge: Badge
    /// The number of failures, if there are several.
    let times: String?
    let summary: String
    /// The end of the output as HTML; nil without output.
    let output: String?
    /// Whether the page of set-ups has all of the output.
    let hasMore: Bool

    /// The maximum number of shown slaves.
    static let limit = 5
    /// The lines of output shown for each slave.
    private static let lines = 8

    private init(_ failure: SlaveFailure, times: Int, _ names: SlaveNames) {
        id = failure.slave
        stage = failure.stage.rawValue
        slave = names.title(failure.slave, url: failure.url)
        slavePath = DashboardPath.slave(failure.slave)
        badge = Badge(failure.stage == .setup ? "Set-up failed" : "Could not run atoms", .failed)
        self.times = times > 1 ? "\(times) times" : nil
        let (summary, text) = Self.parts(of: failure.reason)
        self.summary = TerminalText.plain(summary)
        output = TerminalMarkup.end(of: text, lines: Self.lines)
        hasMore = failure.stage == .setup
    }

    /// Splits a reason into its sentence and its output.
    ///
    /// Slaves name the command of a failed `setup_build` between them, which the page of set-ups shows.
    private static func parts(of reason: String) -> (summary: String, output: String) {
        if let output = reason.firstRange(of: "\nOutput: ") {
            let head = reason[..<output.lowerBound]
            let sentence = head.firstRange(of: ". Command: ").map { "\(head[..<$0.lowerBound])." } ?? String(head)
            return (sentence, String(reason[output.upperBound...]))
        }
        let lines = reason.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        return (lines.first.map(String.init) ?? "", lines.count > 1 ? String(lines[1]) : "")
    }

    /// Makes one entry for each slave and stage with its newest failure, the newest first, and counts those left out.
    static func list(_ failures: [SlaveFailure], _ names: SlaveNames) -> (shown: [Self], others: Int) {
        var newest: [(failure: SlaveFailure, times: Int)] = []
        for failure in failures.reversed() {
            let known = newest.firstIndex { $0.failure.slave == failure.slave && $0.failure.stage == failure.stage }
            if let known { newest[known].times += 1 } else { newest.append((failure, 1)) }
        }
        let shown = newest.prefix(limit).map { Self($0.failure, times: $0.times, names) }
        return (shown, newest.count - shown.count)
    }
}
