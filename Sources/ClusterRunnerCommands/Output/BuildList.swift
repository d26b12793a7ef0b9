import ClusterRunnerDomain
import ClusterRunnerTerminal
import ClusterRunnerWire

/// Builds as a table.
struct BuildList: Sendable {
    let builds: [BuildRepresentation]
    /// The current time in seconds since 1970.
    let now: Double

    /// Returns the lines for a terminal with a number of columns.
    func lines(width: Int?, style: TextStyle) -> [String] {
        guard !builds.isEmpty else { return ["There are no builds."] }
        let isNarrow = width.map { $0 < Self.wide } ?? false
        var table = TextTable(columns: [
            .init("BUILD", isNumber: true), .init("STATE"), .init("JOB", mayShrink: true),
            .init("PROJECT", mayShrink: true), .init("ATOMS", isNumber: true), .init("FAILED", isNumber: true),
            .init("FLAKY", isNumber: true), .init("TOOK", isNumber: true), .init("REQUESTED"),
            .init("BY", mayShrink: true),
        ])
        table.rows = builds.map(row)
        if isNarrow { table.remove(["FLAKY", "BY"]) }
        return table.lines(width: width, style: style) + builds.flatMap(runningLines)
    }

    /// The columns from which on a terminal shows everything.
    private static let wide = 100
    /// The maximum number of running atoms shown for a build.
    private static let shownAtoms = 3

    /// Returns lines about the atoms of a build that have run longest.
    private func runningLines(_ build: BuildRepresentation) -> [String] {
        guard !build.state.isFinal else { return [] }
        if build.running.isEmpty {
            return build.waitingFor.map { ["Build \(build.id) waits for \(TerminalText.line($0))"] } ?? []
        }
        let shown = build.running.prefix(Self.shownAtoms).map(\.sentence).joined(separator: "; ")
        return ["Build \(build.id) runs \(TerminalText.line(shown))"]
    }

    private func row(_ build: BuildRepresentation) -> [TextTable.Cell] {
        let progress = build.progress
        let count = progress.atoms.map { progress.done == $0 ? "\($0)" : "\(progress.done)/\($0)" }
        return [
            .init("\(build.id)"), build.stateCell, .init(build.jobName ?? "-"), .init(build.source ?? "-"),
            .init(count ?? "-"),
            .init("\(progress.failed)", progress.failed > 0 ? .red : nil),
            .init("\(progress.flaky)", progress.flaky > 0 ? .yellow : nil),
            .init(build.seconds(until: now).map(DurationText.clock) ?? "-"),
            .init(build.timestamps[.queued].map { "\(DurationText.age(now - $0)) ago" } ?? "-"),
            .init(build.requester ?? "-"),
        ]
    }
}

extension BuildRepresentation {
    /// The state in one word.
    var stateWord: String {
        switch state {
        case .finished: hasPassed ? "passed" : "failed"
        default: state.rawValue.lowercased()
        }
    }

    /// The state as a field of a table.
    var stateCell: TextTable.Cell {
        let emphasis: TextStyle.Emphasis? =
            switch state {
            case .finished: hasPassed ? .green : .red
            case .error: .red
            case .canceled: .yellow
            default: nil
            }
        return .init(stateWord, emphasis)
    }

    /// The last part of the project's name, with branch and commit.
    var source: String? {
        guard let project else { return nil }
        let name = project.split(separator: "/").last.map(String.init) ?? project
        let short = name.hasSuffix(".git") ? String(name.dropLast(4)) : name
        return ([short] + [branch, commit.map { String($0.prefix(8)) }].compactMap { $0 }).joined(separator: " ")
    }

    /// Returns the seconds since the request, up to the end of the build.
    func seconds(until now: Double) -> Double? {
        guard let queued = timestamps[.queued] else { return nil }
        let end = [BuildState.finished, .error, .canceled].compactMap { timestamps[$0] }.first
        return max(0, (end ?? now) - queued)
    }
}

extension RunningAtomRepresentation {
    /// The slave in a sentence.
    var slaveTitle: String { slave ?? "slave \(slaveID)" }

    /// The columns of an atom's name in a sentence about several.
    private static let shownColumns = 80

    /// The atom, its slave and its times, as a part of a sentence.
    fileprivate var sentence: String {
        let limit = expected.map { ", expected \(DurationText.age($0))" } ?? ""
        let name = TerminalText.shortened(TerminalText.line(value), to: Self.shownColumns)
        return "\(name) on \(slaveTitle) for \(DurationText.age(seconds))\(limit)"
    }
}
