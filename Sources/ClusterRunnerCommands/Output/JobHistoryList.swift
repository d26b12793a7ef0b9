import ClusterRunnerDomain
import ClusterRunnerTerminal
import ClusterRunnerWire

/// The last builds of a job with its slowest and flakiest atoms, as tables.
struct JobHistoryList: Sendable {
    let job: JobName
    let history: HistoryRepresentation
    /// The current time in seconds since 1970.
    let now: Double

    /// The maximum number of atoms in each table.
    private static let shownAtoms = 10

    /// Returns the lines for a terminal with a number of columns.
    func lines(width: Int?, style: TextStyle) -> [String] {
        let title = TerminalText.line("Job \"\(job.job)\" of \(job.project)")
        guard !history.builds.isEmpty else { return ["\(title): no build has ended."] }
        let slowest = history.slowest.prefix(Self.shownAtoms)
        let flaky = history.flakiest.prefix(Self.shownAtoms)
        return ["\(title):"] + buildLines(width, style)
            + atomLines("SLOWEST ATOMS", slowest, width, style)
            + atomLines("FLAKIEST ATOMS", flaky, width, style)
            + caseLines("SLOWEST TESTS", history.cases.slowest, width, style)
            + caseLines("FLAKIEST TESTS", history.cases.flakiest, width, style)
            + slowerLines(width, style)
    }

    private func caseLines(
        _ title: String,
        _ cases: [JobCasesRepresentation.Figures],
        _ width: Int?,
        _ style: TextStyle
    ) -> [String] {
        guard !cases.isEmpty else { return [] }
        var table = TextTable(columns: [
            .init("MEAN", isNumber: true), .init("RUNS", isNumber: true), .init("FAILED", isNumber: true),
            .init("FLAKY", isNumber: true), .init(title, mayShrink: true),
        ])
        table.rows = cases.prefix(Self.shownAtoms).map { each in
            [
                .init(DurationText.seconds(each.mean)), .init("\(each.runs)"), .init("\(each.failed)"),
                .init("\(each.flaky)"), .init(each.title),
            ]
        }
        return [""] + table.lines(width: width, style: style)
    }

    private func slowerLines(_ width: Int?, _ style: TextStyle) -> [String] {
        guard !history.cases.slower.isEmpty else { return [] }
        var table = TextTable(columns: [
            .init("BEFORE", isNumber: true), .init("NOW", isNumber: true), .init("SLOWER TESTS", mayShrink: true),
        ])
        table.rows = history.cases.slower.prefix(Self.shownAtoms).map { each in
            [
                .init(each.olderMean.map(DurationText.seconds) ?? "-"),
                .init(each.newerMean.map(DurationText.seconds) ?? "-"), .init(each.title),
            ]
        }
        return [""] + table.lines(width: width, style: style)
    }

    private func buildLines(_ width: Int?, _ style: TextStyle) -> [String] {
        var table = TextTable(columns: [
            .init("BUILD", isNumber: true), .init("RESULT"), .init("TOOK", isNumber: true),
            .init("ATOMS", isNumber: true), .init("FAILED", isNumber: true), .init("FLAKY", isNumber: true),
            .init("ENDED"),
        ])
        // The newest last, as in the list of builds.
        table.rows = history.builds.reversed().map { build in
            [
                .init("\(build.id)"), build.resultCell, .init(build.duration.map(DurationText.clock) ?? "-"),
                .init(build.atoms.map(String.init) ?? "-"),
                .init("\(build.failed)", build.failed > 0 ? .red : nil),
                .init("\(build.flaky)", build.flaky > 0 ? .yellow : nil),
                .init(build.endedAt.map { "\(DurationText.age(now - $0)) ago" } ?? "-"),
            ]
        }
        return table.lines(width: width, style: style)
    }

    private func atomLines(
        _ title: String,
        _ atoms: some Collection<HistoryRepresentation.Atom>,
        _ width: Int?,
        _ style: TextStyle
    ) -> [String] {
        guard !atoms.isEmpty else { return [] }
        var table = TextTable(columns: [
            .init("MEAN", isNumber: true), .init("NEWEST", isNumber: true), .init("RUNS", isNumber: true),
            .init("FAILED", isNumber: true), .init("FLAKY", isNumber: true), .init(title, mayShrink: true),
        ])
        table.rows = atoms.map { atom in
            [
                .init(DurationText.seconds(atom.mean)), .init(DurationText.seconds(atom.latest)),
                .init("\(atom.runs)"), .init("\(atom.failed)"), .init("\(atom.flaky)"), .init(atom.value),
            ]
        }
        return [""] + table.lines(width: width, style: style)
    }
}

extension JobCasesRepresentation.Figures {
    /// The name behind the class.
    fileprivate var title: String { TerminalText.line((className ?? file).map { "\($0) \(name)" } ?? name) }
}

extension HistoryRepresentation.Build {
    /// The result as a field of a table.
    fileprivate var resultCell: TextTable.Cell {
        switch state {
        case .finished: result == .noFailures ? .init("passed", .green) : .init("failed", .red)
        case .error: .init("error", .red)
        default: .init(state.rawValue.lowercased(), .yellow)
        }
    }
}
