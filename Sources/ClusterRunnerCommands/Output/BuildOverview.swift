import ClusterRunnerDomain
import ClusterRunnerTerminal
import ClusterRunnerWire

/// The overview of one build, in words.
struct BuildOverview: Sendable {
    let status: BuildRepresentation
    /// The current time in seconds since 1970.
    let now: Double
    /// The address of its page; nil without a dashboard.
    var link: String?
    /// Formats a time in seconds since 1970.
    var clock: @Sendable (Double) -> String = DurationText.moment

    /// The maximum number of failed or flaky atoms listed.
    private static let shownAtoms = 50

    /// Returns the lines for a terminal with a number of columns.
    func lines(width: Int?, style: TextStyle) -> [String] {
        var lines = facts(style).map { name, value in
            let text = "\(name):" + String(repeating: " ", count: max(1, 10 - name.count - 1)) + value
            return text
        }
        lines += runningLines(width, style)
        lines += atomLines("FAILED ATOMS", status.failedAtoms, width, style)
        lines += atomLines("FLAKY ATOMS", status.flakyAtoms, width, style)
        return lines
    }

    private func facts(_ style: TextStyle) -> [(String, String)] {
        let cell = status.stateCell
        var facts = [("build", "\(status.id)"), ("state", style(cell.emphasis, cell.text))]
        if let job = status.jobName { facts.append(("job", TerminalText.line(job))) }
        if let type = status.type { facts.append(("type", type)) }
        let names = [
            ("project", status.project), ("branch", status.branch), ("commit", status.commit),
            ("by", status.requester),
        ]
        facts += names.compactMap { name, value in value.map { (name, TerminalText.line($0)) } }
        if let atoms = status.progress.atoms { facts.append(("atoms", counts(atoms))) }
        facts += times
        if let seconds = status.seconds(until: now) { facts.append(("took", DurationText.clock(seconds))) }
        if !status.state.isFinal {
            if let left = status.progress.secondsLeft { facts.append(("left", "about \(DurationText.clock(left))")) }
            if let reason = status.waitingFor { facts.append(("waiting", "for \(TerminalText.line(reason))")) }
        }
        let message = status.errorMessage.map { $0.split(separator: "\n", omittingEmptySubsequences: false) } ?? []
        for (index, line) in message.enumerated() {
            facts.append((index == 0 ? "error" : "", TerminalText.line(String(line))))
        }
        facts += status.notes.map { ("note", TerminalText.line($0)) }
        if let link { facts.append(("page", link)) }
        return facts.map { ($0.isEmpty ? " " : $0, $1) }
    }

    /// The times of the request, of the first atom and of the end, in the local time of this machine.
    private var times: [(String, String)] {
        let end = [BuildState.finished, .error, .canceled].compactMap { status.timestamps[$0] }.first
        let moments = [("queued", status.timestamps[.queued]), ("begun", status.timestamps[.building]), ("ended", end)]
        return moments.compactMap { name, time in time.map { (name, clock($0)) } }
    }

    private func runningLines(_ width: Int?, _ style: TextStyle) -> [String] {
        guard !status.running.isEmpty else { return [] }
        var table = TextTable(columns: [
            .init("ATOM"), .init("RUNNING LONGEST", mayShrink: true), .init("SLAVE", mayShrink: true),
            .init("SECONDS", isNumber: true), .init("EXPECTED", isNumber: true),
        ])
        table.rows = status.running.map { atom in
            [
                .init("\(atom.subjob)/\(atom.id)"), .init(atom.value), .init(atom.slaveTitle),
                .init("\(Int(atom.seconds))"), .init(atom.expected.map { "\(Int($0.rounded()))" } ?? "-"),
            ]
        }
        return [""] + table.lines(width: width, style: style)
    }

    private func counts(_ atoms: Int) -> String {
        let progress = status.progress
        var parts = ["\(progress.done) of \(atoms) done"]
        if progress.failed > 0 { parts.append("\(progress.failed) failed") }
        if progress.flaky > 0 { parts.append("\(progress.flaky) flaky") }
        if let running = progress.running, running > 0 { parts.append("\(running) running") }
        return parts.joined(separator: ", ")
    }

    private func atomLines(_ title: String, _ atoms: [AtomRepresentation], _ width: Int?, _ style: TextStyle)
        -> [String]
    {
        guard !atoms.isEmpty else { return [] }
        var table = TextTable(columns: [
            .init("ATOM"), .init(title, isName: true), .init("EXIT", isNumber: true),
            .init("SECONDS", isNumber: true),
            .init("ATTEMPTS", isNumber: true), .init("CAUSE", mayShrink: true),
        ])
        table.rows = atoms.prefix(Self.shownAtoms).map { atom in
            [
                .init("\(atom.subjob)/\(atom.id)"), .init(AtomTitle(of: status).text(atom)),
                .init(atom.exitCode.map(String.init) ?? "-"),
                .init(atom.seconds.map(DurationText.seconds) ?? "-"), .init("\(atom.attempts)"),
                .init(atom.cause ?? "-"),
            ]
        }
        let more = atoms.count > Self.shownAtoms ? ["... and \(atoms.count - Self.shownAtoms) more."] : []
        return [""] + table.lines(width: width, style: style) + more
    }
}
