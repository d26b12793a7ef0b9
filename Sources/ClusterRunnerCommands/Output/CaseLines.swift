import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerTerminal
import ClusterRunnerWire

/// The text about test cases.
struct CaseLines: Sendable {
    let style: TextStyle

    /// The maximum number of lines of a failure's details in a list of failures.
    static let shownLines = 12

    /// Returns a case with its message and the end of the details of its failure; without a limit with all of them.
    func lines(_ each: CaseRepresentation, limit: Int? = shownLines) -> [String] {
        let words = each.outcome == .flaky ? each.otherFailures.last : nil
        let message = each.message ?? words?.message
        let text = each.text ?? words?.text
        let details = text == message ? [] : text.map { detailLines(of: $0, limit: limit) } ?? []
        let head = "\(word(each.outcome)) \(title(of: each))"
        guard let message, !message.isEmpty else { return [head] + details }
        // Most details repeat the message.
        let isRepeated = message.split(separator: "\n").allSatisfy { line in details.contains { $0.contains(line) } }
        let short = TerminalText.line(message.split(separator: "\n").first.map(String.init) ?? message)
        return isRepeated && limit == nil ? [head] + details : ["\(head): \(short)"] + details
    }

    /// Returns the name of a case, behind its class.
    func title(of each: CaseRepresentation) -> String {
        TerminalText.line(each.className.map { "\($0) \(each.name)" } ?? each.name)
    }

    private func word(_ outcome: CaseOutcome) -> String {
        switch outcome {
        case .failed: style(.red, "FAILED")
        case .error: style(.red, "ERROR")
        case .flaky: style(.yellow, "FLAKY")
        case .skipped: style(.yellow, "SKIPPED")
        case .passed: style(.green, "PASSED")
        }
    }

    private func detailLines(of text: String, limit: Int?) -> [String] {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { line in
            "    \(TerminalText.line(String(line), isColoured: style.isColoured))"
        }
        guard let limit, lines.count > limit else { return lines }
        return ["    …"] + lines.suffix(limit)
    }
}

extension MasterClient {
    /// The maximum number of failed cases shown for an atom.
    private static let shownCases = 10

    /// Returns lines about a failed atom: its failed test cases, or without any the end of its output.
    func failureLines(of atom: AtomRepresentation, in build: BuildID, _ style: TextStyle) async throws -> [String] {
        guard let failed = atom.failedCases, failed > 0 else {
            return try await tail(of: atom, in: build)
        }
        let answer = try await cases(
            of: build,
            outcomes: [.failed, .error],
            subjob: atom.subjob,
            atom: atom.id,
            limit: Self.shownCases
        )
        let lines = answer.cases.flatMap { CaseLines(style: style).lines($0) }
        let rest = answer.total - answer.cases.count
        return lines + (rest > 0 ? ["and \(rest) more failed tests: clusterrunner logs \(build) --failed"] : [])
    }
}
