import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTerminal
import ClusterRunnerWire

/// The text about a running build.
struct BuildView: Sendable {
    let build: BuildID
    /// The progress; nil until the master has sent it.
    var progress: ProgressRepresentation?
    /// The reason for waiting, in words.
    var waitingFor: String?
    /// Whether the master does not answer.
    var isMasterSilent = false
    /// Whether it is being canceled.
    var isCanceling = false

    /// A part of the live line.
    private struct Part {
        let text: String
        var emphasis: TextStyle.Emphasis?
    }

    private static let shortestBar = 10
    private static let longestBar = 40

    /// Returns the line that is redrawn on a terminal with a number of columns.
    func liveLine(elapsed: Double, width: Int, style: TextStyle) -> String {
        // The last column stays free, because some terminals wrap after it.
        let columns = width - 1
        var parts = parts(elapsed: elapsed)
        while parts.count > 2, length(parts) > columns { parts.removeLast() }
        if let bar = bar(columns: columns - length(parts) - 2) { parts.insert(bar, at: 1) }
        guard length(parts) <= columns else {
            return TerminalText.cut(parts.map(\.text).joined(separator: "  "), to: columns)
        }
        return parts.map { style($0.emphasis, $0.text) }.joined(separator: "  ")
    }

    private func length(_ parts: [Part]) -> Int {
        parts.reduce(2 * (parts.count - 1)) { $0 + TerminalText.width(of: $1.text) }
    }

    private func parts(elapsed: Double) -> [Part] {
        var parts = [Part(text: "Build \(build)", emphasis: .bold)]
        if isMasterSilent {
            return parts + [Part(text: "the master does not answer, trying again", emphasis: .yellow)]
        }
        if let progress, let atoms = progress.atoms { parts.append(Part(text: "\(progress.done)/\(atoms)")) }
        if let count = progress?.failed, count > 0 { parts.append(Part(text: "\(count) failed", emphasis: .red)) }
        if let count = progress?.flaky, count > 0 { parts.append(Part(text: "\(count) flaky", emphasis: .yellow)) }
        if isCanceling {
            parts.append(Part(text: "being canceled", emphasis: .yellow))
        } else if let running = progress?.running, running > 0 {
            parts.append(Part(text: "\(running) running"))
        }
        parts.append(Part(text: DurationText.clock(elapsed), emphasis: .dim))
        if let left = progress?.secondsLeft, !isCanceling {
            parts.append(Part(text: "ETA \(DurationText.clock(left))"))
        }
        if let reason = idleReason { parts.append(Part(text: reason, emphasis: .dim)) }
        return parts
    }

    /// The obstacle of the master itself, which blocks all builds.
    var obstacle: String? {
        guard let waitingFor, waitingFor.contains("the master's disk") || waitingFor.contains("the master's database")
        else { return nil }
        return waitingFor
    }

    /// The reason why nothing runs, or why running atoms cannot end.
    var idleReason: String? {
        guard !isCanceling, progress?.running ?? 0 == 0 || obstacle != nil, let waitingFor else { return nil }
        return "waiting for \(TerminalText.line(waitingFor.asClause))"
    }

    private func bar(columns: Int) -> Part? {
        guard let progress, let atoms = progress.atoms, atoms > 0, !isMasterSilent else { return nil }
        let inside = min(columns, Self.longestBar) - 2
        guard inside >= Self.shortestBar - 2 else { return nil }
        let done = min(inside, inside * progress.done / atoms)
        let bar = String(repeating: "=", count: done) + (done < inside ? ">" : "")
        let emphasis: TextStyle.Emphasis = progress.failed > 0 ? .red : .green
        return Part(text: "[\(bar)\(String(repeating: " ", count: inside - bar.count))]", emphasis: emphasis)
    }

    /// Returns the line that is printed at intervals without a terminal; nil without news.
    func plainLine(elapsed: Double) -> String? {
        if isMasterSilent { return "Build \(build): the master does not answer, trying again." }
        guard let counts = countsInWords else { return idleReason.map { "Build \(build): \($0)." } }
        var parts = [counts]
        if let running = progress?.running, running > 0 { parts.append("\(running) running") }
        parts.append("\(DurationText.clock(elapsed)) elapsed")
        if let left = progress?.secondsLeft, !isCanceling { parts.append("about \(DurationText.clock(left)) left") }
        if let idleReason { parts.append(idleReason) }
        return "Build \(build): \(parts.joined(separator: ", "))."
    }

    /// The counts, of which a change makes another plain line.
    var countsInWords: String? {
        guard let progress, let atoms = progress.atoms else { return nil }
        var parts = ["\(progress.done) of \(atoms) atoms"]
        if progress.failed > 0 { parts.append("\(progress.failed) failed") }
        if progress.flaky > 0 { parts.append("\(progress.flaky) flaky") }
        return parts.joined(separator: ", ")
    }

    /// Returns the line about a failed atom, within the columns of a terminal.
    static func failure(
        _ atom: AtomRepresentation,
        _ title: AtomTitle = AtomTitle(),
        width: Int? = nil,
        style: TextStyle
    ) -> String {
        // Nothing stands in the last column, because some terminals wrap after it.
        "\(style(.red, "FAILED")) \(title.failure(atom, columns: width.map { $0 - "FAILED ".count - 1 }))"
    }
}
