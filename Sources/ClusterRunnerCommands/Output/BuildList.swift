import ClusterRunnerDomain
import ClusterRunnerWire

/// Builds as a table.
struct BuildList: Sendable {
    let builds: [BuildRepresentation]
    /// The current time in seconds since 1970.
    let now: Double

    /// Returns the lines for a terminal with a number of columns.
    func lines(width: Int?, style: TextStyle) -> [String] {
        guard !builds.isEmpty else { return ["There are no builds."] }
        var table = TextTable(columns: [
            .init("BUILD", isNumber: true), .init("STATE"), .init("JOB", mayShrink: true),
            .init("ATOMS", isNumber: true), .init("FAILED", isNumber: true), .init("FLAKY", isNumber: true),
            .init("TOOK", isNumber: true), .init("REQUESTED"),
        ])
        table.rows = builds.map(row)
        return table.lines(width: width, style: style)
    }

    private func row(_ build: BuildRepresentation) -> [TextTable.Cell] {
        let progress = build.progress
        let count = progress.atoms.map { progress.done == $0 ? "\($0)" : "\(progress.done)/\($0)" }
        return [
            .init("\(build.id)"), build.stateCell, .init(build.jobName ?? "-"), .init(count ?? "-"),
            .init("\(progress.failed)", progress.failed > 0 ? .red : nil),
            .init("\(progress.flaky)", progress.flaky > 0 ? .yellow : nil),
            .init(build.seconds(until: now).map(DurationText.clock) ?? "-"),
            .init(build.timestamps[.queued].map { "\(DurationText.age(now - $0)) ago" } ?? "-"),
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

    /// Returns the seconds since the request, up to the end of the build.
    func seconds(until now: Double) -> Double? {
        guard let queued = timestamps[.queued] else { return nil }
        let end = [BuildState.finished, .error, .canceled].compactMap { timestamps[$0] }.first
        return max(0, (end ?? now) - queued)
    }
}
