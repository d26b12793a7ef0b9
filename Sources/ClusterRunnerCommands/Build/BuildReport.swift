import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTerminal
import ClusterRunnerWire

/// Shows how a build ended: its slowest atoms, the failed ones with the last lines of their output, and a summary.
struct BuildReport: Sendable {
    let client: MasterClient
    let status: BuildRepresentation
    /// Where the results are.
    let results: ResultsPlace
    let slowest: SlowestAtoms
    /// Whether the master goes on after the build, and with it its dashboard.
    var hasDashboard = false
    var style = TextStyle.plain
    var width: Int?

    /// How many failed atoms are shown with their output; the others only with their names.
    private static let shownFailures = 20
    /// So many atoms can be looked through without a table of the slowest.
    private static let fewAtoms = 2

    /// Prints the report.
    func print() async throws {
        for line in slowestLines + flaky + (try await failures()) { Terminal.print(line) }
        for note in status.notes { Terminal.print("Note: \(TerminalText.line(note))") }
        if let message = status.errorMessage { Terminal.printError("Build \(status.id): \(message)") }
        Terminal.print(style(status.hasPassed ? .green : .red, summary))
        if let dashboard { Terminal.print("Dashboard: \(dashboard)") }
    }

    private var slowestLines: [String] {
        guard status.atoms ?? 0 > Self.fewAtoms else { return [] }
        return slowest.entries.isEmpty ? [] : slowest.lines(width: width, style: style)
    }

    /// A line for each atom that passed only after it had failed.
    var flaky: [String] {
        status.flakyAtoms.prefix(Self.shownFailures).map { atom in
            let text = "\(atom.command) (passed at attempt \(atom.attempts); artifact_\(atom.subjob)_\(atom.id))"
            return "\(style(.yellow, "FLAKY")) \(TerminalText.line(text))"
        }
    }

    /// A line for each failed atom, the first ones followed by the end of their output.
    func failures() async throws -> [String] {
        var lines: [String] = []
        for (index, atom) in status.failedAtoms.enumerated() {
            lines.append(BuildView.failure(atom, style: style))
            guard index < Self.shownFailures else { continue }
            let output = try await client.tail(of: atom, in: status.id)
            lines += output.map { "    \(TerminalText.line($0, isColoured: style.isColoured))" }
        }
        return lines
    }

    /// How the build ended, in one line.
    var summary: String { "Build \(status.id) \(status.outcome).\(results.text)" }

    /// Where the build is shown.
    var dashboard: String? { hasDashboard ? "\(client.address.url)/dashboard/builds/\(status.id)" : nil }

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

extension BuildRepresentation {
    /// Whether it finished and nothing failed.
    var hasPassed: Bool { state == .finished && result == .noFailures }

    /// How it ended, in words.
    var outcome: String {
        let atoms = atoms ?? 0
        return switch state {
        case .finished where hasPassed: "passed, \(atoms) of \(atoms) atoms\(flakyNote)"
        case .finished: "failed, \(failedAtoms.count) of \(atoms) atoms\(flakyNote)\(unrunNote)"
        case .canceled: "was canceled"
        default: "ended in error"
        }
    }

    private var unrunNote: String { progress.neverRan == 0 ? "" : ", \(progress.neverRan) never ran (fail_fast)" }
    private var flakyNote: String { flakyAtoms.isEmpty ? "" : ", \(flakyAtoms.count) flaky" }
}
