import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTerminal
import ClusterRunnerWire

/// The report of an ended build: its slowest atoms, the failed ones with the end of their output, and a summary.
struct BuildReport: Sendable {
    let client: MasterClient
    let status: BuildRepresentation
    /// The place of the results.
    let results: ResultsPlace
    let slowest: SlowestAtoms
    /// Whether the master, and its dashboard, outlives the build.
    var hasDashboard = false
    /// The failed atoms that were shown when they failed.
    var shownFailures: Set<AtomPosition> = []
    /// The command that runs what failed once more.
    var rerun: RerunCommand?
    var style = TextStyle.plain
    var width: Int?

    /// The maximum number of flaky atoms listed.
    private static let shownFlaky = 20
    /// The number of atoms up to which a table of the slowest is left out.
    private static let fewAtoms = 2

    /// Prints the report.
    func print() async throws {
        for line in slowestLines + flaky + (try await failures()) { Terminal.print(line) }
        for note in status.notes { Terminal.print("Note: \(TerminalText.line(note))") }
        if let message = status.errorMessage { Terminal.printError("Build \(status.id): \(message)") }
        Terminal.print(style(status.hasPassed ? .green : .red, summary))
        if let dashboard { Terminal.print("Dashboard: \(dashboard)") }
        if let hint { Terminal.print(hint) }
    }

    /// The line with the command for another run; nil if no atom failed.
    var hint: String? {
        guard let rerun, status.state == .finished, !status.failedAtoms.isEmpty else { return nil }
        return "Run what failed again: \(TerminalText.line(rerun.text))"
    }

    private var title: AtomTitle { AtomTitle(of: status) }

    private var slowestLines: [String] {
        guard status.atoms ?? 0 > Self.fewAtoms else { return [] }
        return slowest.entries.isEmpty ? [] : slowest.lines(title, width: width, style: style)
    }

    /// The lines about atoms that passed after an earlier failure.
    var flaky: [String] {
        status.flakyAtoms.prefix(Self.shownFlaky).map { atom in
            let rest = " (passed at attempt \(atom.attempts); artifact_\(atom.subjob)_\(atom.id))"
            let room = width.map { max(Self.leastColumns, $0 - "FLAKY ".count - 1 - rest.count) } ?? .max
            return "\(style(.yellow, "FLAKY")) \(TerminalText.shortened(title.text(atom), to: room))\(rest)"
        }
    }

    /// The columns that a name keeps on a narrow terminal.
    private static let leastColumns = 20

    /// Returns a line for each failed atom that was not shown yet, the first ones followed by the end of their output.
    func failures() async throws -> [String] {
        var lines: [String] = []
        let new = status.failedAtoms.filter { !shownFailures.contains(AtomPosition(subjob: $0.subjob, atom: $0.id)) }
        for (index, atom) in new.enumerated() {
            lines.append(BuildView.failure(atom, title, width: width, style: style))
            guard index < BuildWatch.shownOutputs else { continue }
            let details = try await client.failureLines(of: atom, in: status.id, style)
            lines += details.map { "    \(TerminalText.line($0, isColoured: style.isColoured))" }
        }
        return lines
    }

    /// The outcome in one line.
    var summary: String { "Build \(status.id) \(status.outcome).\(results.text)" }

    /// The build's page on the dashboard.
    var dashboard: String? { hasDashboard ? client.dashboard(of: status.id) : nil }

    /// The same as a line of JSON.
    func line(exitCode: Int32) async throws -> BuildResultLine {
        BuildResultLine(
            build: try await client.build(status.id),
            results: results.path,
            dashboard: dashboard,
            exitCode: Int(exitCode),
            slowest: slowest.entries.map {
                BuildResultLine.Atom(command: $0.command, seconds: $0.seconds, results: $0.directory)
            }
        )
    }
}

/// The last line of a build as JSON.
struct BuildResultLine: Encodable {
    let tag = "BUILD_RESULT"
    let build: BuildRepresentation
    /// The directory of the results.
    let results: String?
    /// The address of the build's page.
    let dashboard: String?
    let exitCode: Int
    let slowest: [Atom]

    /// One of the slowest atoms.
    struct Atom: Encodable {
        let command: String
        let seconds: Double
        /// The directory of its results.
        let results: String

        private enum CodingKeys: String, CodingKey {
            case command = "command_string"
            case results, seconds
        }
    }

    private enum CodingKeys: String, CodingKey {
        case tag = "__tag__"
        case build, dashboard
        case exitCode = "exit_code"
        case results
        case slowest = "slowest_atoms"
    }
}

extension MasterClient {
    /// Returns the address of a build's page on the dashboard.
    func dashboard(of build: BuildID) -> String { "\(address.url)/dashboard/builds/\(build)" }
}

extension BuildRepresentation {
    /// Whether it finished and nothing failed.
    var hasPassed: Bool { state == .finished && result == .noFailures }

    /// The outcome in words.
    var outcome: String {
        let atoms = atoms ?? 0
        return switch state {
        case .finished where hasPassed: "passed, \(atoms) of \(atoms) atoms\(flakyNote)\(testsNote)"
        case .finished: "failed, \(failedAtoms.count) of \(atoms) atoms\(flakyNote)\(unrunNote)\(testsNote)"
        case .canceled: "was canceled"
        default: "ended in error"
        }
    }

    /// The test cases in words; empty without any.
    var testsNote: String {
        guard cases > 0 else { return "" }
        let all = CountText.grouped(cases)
        let tests = cases == 1 ? "test" : "tests"
        let failed = CountText.grouped(failedCases)
        var parts = [failedCases == 0 ? "\(all) \(tests)" : "\(failed) of \(all) \(tests) failed"]
        if skippedCases > 0 { parts.append("\(CountText.grouped(skippedCases)) skipped") }
        if flakyCases > 0 { parts.append("\(CountText.grouped(flakyCases)) flaky") }
        return "; \(parts.joined(separator: ", "))"
    }

    private var unrunNote: String { progress.neverRan == 0 ? "" : ", \(progress.neverRan) never ran (fail_fast)" }
    private var flakyNote: String { flakyAtoms.isEmpty ? "" : ", \(flakyAtoms.count) flaky" }
}
