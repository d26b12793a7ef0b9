package import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerTerminal

/// One test case of a build in a list.
package struct CaseLine: Sendable {
    let name: String
    let className: String?
    let path: String
    let badge: Badge
    let seconds: String?
    let message: String?
    let text: String?
    let atom: String
    let atomPath: String
    let position: String

    package init(_ record: CaseRecord) {
        let each = record.testCase
        name = TerminalText.plain(each.name)
        className = each.className ?? each.file
        path = DashboardPath.testCase(record.id)
        badge = Badge(each.outcome)
        seconds = each.seconds.map(TimeText.duration)
        let words = each.failure ?? (each.outcome == .flaky ? each.otherFailures.last : nil)
        message = words?.message.map(TerminalText.plain)
        text = words?.text.flatMap { $0.isEmpty ? nil : TerminalMarkup.block($0) }
        atom = record.atom.title
        atomPath = DashboardPath.atom(build: record.buildID, subjob: record.subjobID, atom: record.atomID)
        position = "\(record.subjobID)-\(record.atomID)-\(record.position)"
    }
}

extension Badge {
    /// Creates the badge of a test case's outcome.
    init(_ outcome: CaseOutcome) {
        switch outcome {
        case .passed: self.init("Passed", .passed)
        case .failed: self.init("Failed", .failed)
        case .error: self.init("Error", .failed)
        case .skipped: self.init("Skipped", .canceled)
        case .flaky: self.init("Flaky", .flaky)
        }
    }
}
