import ClusterRunnerClient
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation

/// The form of a build's output.
struct BuildOutput: Sendable {
    let mode: BuildConsole.Mode
    var style = TextStyle.plain
    /// The terminal's columns; nil without a terminal.
    var width: Int?
    /// Whether the output of all failed atoms is shown as they fail, not only of the first ones.
    var followsFailures = false
    var gitHub: GitHubOutput?
}

extension BuildOutput {
    /// Chooses the form for the standard output of a command.
    init(isJSON: Bool, isQuiet: Bool, followsFailures: Bool, environment: [String: String]) {
        let isLive = Terminal.isInteractive && environment["TERM"] != "dumb"
        self.init(
            mode: isJSON ? .json : isQuiet ? .quiet : isLive ? .live : .plain,
            style: .choose(isTerminal: Terminal.isInteractive, environment: environment),
            width: Terminal.width,
            followsFailures: followsFailures,
            gitHub: GitHubOutput(environment: environment, isJSON: isJSON)
        )
    }
}

/// The output for GitHub Actions.
struct GitHubOutput: Sendable {
    /// The file for the job's summary; nil writes none.
    let summaryPath: String?
    /// Whether annotations are printed; lines of JSON have none.
    let hasAnnotations: Bool
    /// The token that ends the section without commands; no atom can know it.
    private let token = UUID.random().uuidString.lowercased()

    /// Detects GitHub Actions; nil elsewhere.
    init?(environment: [String: String], isJSON: Bool) {
        guard GitHubReport.isWanted(environment) else { return nil }
        summaryPath = environment["GITHUB_STEP_SUMMARY"].flatMap { $0.isEmpty ? nil : $0 }
        hasAnnotations = !isJSON
    }

    /// Runs a body whose output GitHub must not interpret, because tests may print commands.
    func withoutCommands<Result>(_ body: () async throws -> Result) async throws -> Result {
        guard hasAnnotations else { return try await body() }
        Terminal.print("::stop-commands::\(token)")
        defer { Terminal.print("::\(token)::") }
        return try await body()
    }

    /// Annotates the failed atoms of a build and appends to the job's summary.
    func report(_ status: BuildRepresentation, _ client: MasterClient, _ results: String?) async throws {
        var outputs: [[String]] = []
        for atom in status.failedAtoms.prefix(GitHubReport.annotationLimit) {
            outputs.append(try await client.failureLines(of: atom, in: status.id, .plain))
        }
        let report = GitHubReport(status: status, outputs: outputs, slowest: SlowestAtoms(in: results))
        if hasAnnotations { for line in report.annotations { Terminal.print(line) } }
        if let summaryPath { try report.appendSummary(to: summaryPath) }
    }
}

extension String {
    /// The JSON text of an answer as one line.
    init(lineOf answer: some Encodable) throws {
        self.init(decoding: try JSONCoding.encode(answer: answer), as: UTF8.self)
    }
}

extension JSONValue {
    /// The value as a single line.
    var line: String {
        get throws { String(decoding: try JSONCoding.encode(self), as: UTF8.self) }
    }
}
