import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// A test case of a build's reports: a case that the atom's own report names, or the atom itself.
struct ReportedCase: Sendable, Equatable {
    /// The name.
    let name: String
    /// The class, or what groups the case otherwise; nil for an atom, which belongs to its job.
    var className: String?
    /// The file of a case; nil when unknown.
    var file: String?
    /// The run time in seconds.
    let seconds: Double
    /// The outcome.
    let verdict: JUnitVerdict
    /// The kind of a skipped case, such as an expected failure; nil when the report has none.
    var skipType: String?
    /// The details of the outcome, such as a traceback or the end of an output.
    var text = ""
    /// The failures of its other runs.
    var reruns: [Rerun] = []

    /// A failure that does not count.
    struct Rerun: Sendable, Equatable {
        let complaint: JUnitVerdict.Complaint
        let text: String
    }

    /// Whether it passed after a failure.
    var isFlaky: Bool { verdict == .passed && !reruns.isEmpty }
}

extension ReportedCase {
    /// The bytes of a failed run's output that a report shows, from its end.
    static let outputLimit = 8_000

    /// A run of an atom that does not count, with the end of its output unless the record has it.
    struct EarlierRun: Sendable {
        let attempt: AttemptRecord
        var output: [UInt8]?

        fileprivate var rerun: Rerun {
            Rerun(complaint: .init(attempt.result), text: text(of: output ?? ReportedCase.output(of: attempt.result)))
        }
    }

    /// Returns the cases of an atom: those that its report names, and the atom itself unless they say all about it.
    static func cases(
        of atom: AtomRecord,
        in build: BuildRecord,
        earlier: [EarlierRun],
        output: [UInt8]?,
        named cases: [CaseRecord]
    ) -> [Self] {
        let named = cases.map { Self($0) }
        let own = Self(atom, in: build, earlier: earlier, output: output)
        return own.isExplained(by: named) ? named : named + [own]
    }

    /// Whether the cases that an atom's report names tell of its failures, so that nobody reads green where there was
    /// none.
    private func isExplained(by cases: [Self]) -> Bool {
        guard !cases.isEmpty else { return false }
        switch verdict {
        case .passed: return reruns.isEmpty || cases.contains { !$0.reruns.isEmpty }
        case .failure(let complaint):
            return complaint.type != JUnitVerdict.timeout && cases.contains { $0.verdict.isFailure }
        case .error, .skipped: return false
        }
    }

    private init(_ record: CaseRecord) {
        let each = record.testCase
        name = each.name
        className = each.className ?? each.file ?? record.atom.value.escaped
        file = each.file
        seconds = each.seconds ?? 0
        let words = each.failure ?? CaseFailure()
        let complaint = JUnitVerdict.Complaint(words)
        switch each.outcome {
        case .passed, .flaky: verdict = .passed
        case .failed: verdict = .failure(complaint)
        case .error: verdict = .error(complaint)
        case .skipped: verdict = .skipped(words.message ?? "")
        }
        if each.outcome == .skipped { skipType = words.type }
        text = words.text ?? ""
        reruns = each.otherFailures.map { Rerun(complaint: .init($0), text: $0.text ?? "") }
    }

    private init(_ atom: AtomRecord, in build: BuildRecord, earlier: [EarlierRun], output: [UInt8]?) {
        name = atom.atom.value.escaped
        seconds = atom.result?.seconds ?? 0
        verdict = JUnitVerdict(atom, earlier.map(\.attempt), in: build)
        text = atom.result.map { Self.text(of: output ?? Self.output(of: $0)) } ?? earlier.last?.rerun.text ?? ""
        // The last failure of an atom without a result is its verdict.
        if atom.result != nil { reruns = earlier.filter { !$0.attempt.isObstructed }.map(\.rerun) }
    }

    /// Makes the case of a build that never reached its end; nil for one that did.
    init?(unfinished build: BuildRecord) {
        guard let complaint = JUnitVerdict.Complaint(build) else { return nil }
        self.init(
            name: "Build \(build.id)",
            seconds: 0,
            verdict: .error(complaint),
            text: build.errorMessage ?? ""
        )
    }

    private static func output(of result: AtomResult) -> [UInt8] {
        guard case .inline(let bytes) = result.console else {
            return Array("The output is in clusterrunner_console_output.".utf8)
        }
        return bytes
    }

    private static func text(of output: [UInt8]) -> String {
        String(decoding: output.suffix(outputLimit), as: UTF8.self)
    }
}

extension JUnitVerdict {
    /// Whether it turns a report red.
    var isFailure: Bool {
        switch self {
        case .failure, .error: true
        case .passed, .skipped: false
        }
    }
}

extension JUnitVerdict.Complaint {
    /// Makes the complaint that the report of an atom has about a case.
    init(_ words: CaseFailure) {
        self.init(message: words.message ?? "", type: words.type ?? "failure")
    }
}
