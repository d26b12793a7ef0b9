import ClusterRunnerClient
import ClusterRunnerCore

/// Shows how a build ended: the failed atoms with the last lines of their output, and a summary.
struct BuildReport: Sendable {
    let client: MasterClient
    let status: BuildStatus
    let resultsDirectory: String

    /// How many lines of a failed atom's output are shown.
    private static let outputLines = 20
    /// How many failed atoms are shown with their output; the others only with their names.
    private static let shownFailures = 20

    /// Prints the report.
    func print() async throws {
        for line in try await failures() { Terminal.print(line) }
        if let message = status.errorMessage { Terminal.printError("Build \(status.id): \(message)") }
        Terminal.print(summary)
    }

    /// A line for each failed atom, the first ones followed by the end of their output.
    func failures() async throws -> [String] {
        var lines: [String] = []
        for (index, atom) in status.failedAtoms.enumerated() {
            lines.append("FAILED \(Self.title(atom))")
            guard index < Self.shownFailures else { continue }
            let output = try await output(of: atom)
            lines += output.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
        }
        return lines
    }

    private func output(of atom: BuildStatus.FailedAtom) async throws -> String {
        do {
            let text = try await client.console(
                build: status.id,
                subjob: atom.subjob,
                atom: atom.id,
                lines: Self.outputLines
            )
            return text.hasSuffix("\n") ? String(text.dropLast()) : text
        } catch let error as ClusterRunnerError where error.code == .notFound {
            return "(no output)"
        }
    }

    private static func title(_ atom: BuildStatus.FailedAtom) -> String {
        let reason = atom.cause ?? "exit code \(atom.exitCode.map(String.init) ?? "unknown")"
        return "\(atom.command) (\(reason); artifact_\(atom.subjob)_\(atom.id))"
    }

    /// How the build ended, in one line.
    var summary: String {
        let atoms = status.atoms ?? 0
        let failed = status.failedAtoms.count
        let outcome =
            switch status.state {
            case .finished where status.result == .noFailures: "passed, \(atoms) of \(atoms) atoms"
            case .finished: "failed, \(failed) of \(atoms) atoms"
            case .canceled: "was canceled"
            default: "ended in error"
            }
        return "Build \(status.id) \(outcome). Results: \(resultsDirectory)"
    }
}
