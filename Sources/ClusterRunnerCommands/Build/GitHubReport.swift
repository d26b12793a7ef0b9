import ClusterRunnerClient
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerTerminal
import ClusterRunnerWire
import Foundation

/// The report for GitHub Actions: annotations of failed atoms, and a summary of the job.
struct GitHubReport: Sendable {
    let status: BuildRepresentation
    /// The last lines of failed atoms' outputs, in the order of the list.
    let outputs: [[String]]
    let slowest: SlowestAtoms

    /// The annotations of a kind that GitHub shows for one step.
    static let annotationLimit = 10
    /// The failed atoms in the summary.
    static let summaryLimit = 50

    /// Whether this process runs in GitHub Actions.
    static func isWanted(_ environment: [String: String]) -> Bool { environment["GITHUB_ACTIONS"] == "true" }

    /// A workflow command for each failed atom, up to GitHub's limit; the last one has the number of the others.
    var annotations: [String] {
        let failed = status.failedAtoms
        if let message = status.errorMessage, failed.isEmpty {
            return [Self.annotation(title: "Build \(status.id) \(status.outcome)", message: message)]
        }
        let shown = failed.count > Self.annotationLimit ? Self.annotationLimit - 1 : failed.count
        var lines = zip(failed.prefix(shown), outputs + Array(repeating: [], count: failed.count)).map { atom, output in
            let text = ([names.failure(atom)] + output.map { TerminalText.line($0) }).joined(separator: "\n")
            return Self.annotation(title: names.text(atom), message: text)
        }
        if failed.count > shown {
            lines.append(
                Self.annotation(title: "More failed atoms", message: "\(failed.count - shown) more atoms failed.")
            )
        }
        return lines
    }

    /// The summary, as Markdown.
    var summary: String {
        var lines = ["### ClusterRunner: build \(status.id) \(status.outcome)", ""]
        if let message = status.errorMessage { lines += Self.fenced(message.components(separatedBy: "\n")) + [""] }
        for (title, atoms) in [("Failed atoms", status.failedAtoms), ("Flaky atoms", status.flakyAtoms)]
        where !atoms.isEmpty {
            lines += ["| \(title) | Exit code | Seconds | Results |", "|---|---:|---:|---|"]
            lines += atoms.prefix(Self.summaryLimit).map(row)
            if atoms.count > Self.summaryLimit {
                lines.append("| ... and \(atoms.count - Self.summaryLimit) more | | | |")
            }
            lines.append("")
        }
        if !slowest.entries.isEmpty {
            lines += ["| Slowest atoms | Seconds |", "|---|---:|"]
            lines +=
                slowest.entries.map {
                    "| \(Self.cell(names.text(ofCommand: $0.command))) | \(DurationText.seconds($0.seconds)) |"
                } + [""]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func row(_ atom: AtomRepresentation) -> String {
        let code = atom.cause ?? atom.exitCode.map(String.init) ?? ""
        let seconds = atom.seconds.map(DurationText.seconds) ?? ""
        return
            "| \(Self.cell(names.text(atom))) | \(Self.escaped(code)) | \(seconds) | `artifact_\(atom.subjob)_\(atom.id)` |"
    }

    /// Formats code in a table as HTML, since Markdown's own cannot escape backticks or bars.
    private static func cell(_ text: String) -> String { "<code>\(escaped(text))</code>" }

    private static func escaped(_ text: String) -> String {
        TerminalText.line(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("|", with: "&#124;").replacing("`", with: "&#96;")
            .replacing("*", with: "&#42;").replacing("_", with: "&#95;").replacing("[", with: "&#91;")
    }

    /// Fences lines with more backticks than any run in them.
    private static func fenced(_ lines: [String]) -> [String] {
        let longest = lines.flatMap { $0.split(whereSeparator: { $0 != "`" }) }.map(\.count).max() ?? 0
        let fence = String(repeating: "`", count: max(3, longest + 1))
        return [fence] + lines.map { TerminalText.line($0) } + [fence]
    }

    private var names: AtomTitle { AtomTitle(of: status) }

    static func annotation(title: String, message: String) -> String {
        "::error title=\(property(title))::\(data(message))"
    }

    /// Escapes the text of a workflow command.
    static func data(_ text: String) -> String {
        text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }

    /// Escapes the value of a workflow command's property.
    static func property(_ text: String) -> String {
        data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
    }

    /// Appends the summary to the file that GitHub names.
    func appendSummary(to path: String) throws {
        guard let file = try? OpenFile(path, O_WRONLY | O_CREAT | O_APPEND, permissions: 0o666) else {
            throw ClusterRunnerError(
                .failed,
                "The summary cannot be written to \(path), which GITHUB_STEP_SUMMARY names."
            )
        }
        try attempting("The summary cannot be written to \(path)") { try file.writeAll(summary.utf8) }
    }
}
