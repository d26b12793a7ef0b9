import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Foundation

/// A report of a build in the JUnit XML of continuous-integration servers, with one test case per atom.
///
/// It has the elements that Jenkins, GitLab and GitHub's reporters share. Earlier failed runs have the elements of
/// Maven Surefire. A build that did not reach its end has an additional test case with an error, because its atoms
/// alone may all have passed.
struct JUnitReport: Sendable {
    private let build: BuildRecord
    private let name: String
    private var cases = ""
    private var tests = 0
    private var failures = 0
    private var errors = 0
    private var skipped = 0
    private var seconds = 0.0

    /// The bytes of a failed run's output that the report shows, from its end.
    static let outputLimit = 8_000

    /// A run that does not count, with the end of its output unless the record has it.
    struct EarlierRun: Sendable {
        let attempt: AttemptRecord
        var output: [UInt8]?
    }

    /// Starts the report of a build that has ended.
    init(_ build: BuildRecord) {
        self.build = build
        name = build.jobName ?? "Build \(build.id)"
    }

    /// Adds an atom; `output` is the end of its output unless the record has it.
    mutating func add(_ atom: AtomRecord, earlier: [EarlierRun] = [], output: [UInt8]? = nil) {
        let time = atom.result?.seconds ?? 0
        seconds += time
        let last = earlier.last
        let text = atom.result.map { Self.text(of: output ?? Self.output(of: $0)) } ?? last?.text ?? ""
        let verdict = JUnitVerdict(atom, earlier.map(\.attempt), in: build)
        var elements = element(verdict, text)
        if atom.result != nil {
            let kind = verdict == .passed ? "flakyFailure" : "rerunFailure"
            elements += earlier.filter { !$0.attempt.isObstructed }.map { Self.element(kind, $0) }
        }
        addCase(atom.atom.value.escaped, time: time, elements)
    }

    private mutating func addCase(_ name: String, time: Double, _ elements: [String]) {
        tests += 1
        let attributes = "classname=\"\(Self.escape(self.name))\" name=\"\(Self.escape(name))\""
        let head = "    <testcase \(attributes) time=\"\(ResultsArchive.twoDecimals(time))\""
        guard !elements.isEmpty else { return cases += "\(head)/>\n" }
        cases += "\(head)>\n\(elements.map { "      \($0)\n" }.joined())    </testcase>\n"
    }

    private mutating func element(_ verdict: JUnitVerdict, _ text: String) -> [String] {
        switch verdict {
        case .passed: return []
        case .failure(let complaint):
            failures += 1
            return [Self.element("failure", complaint, text)]
        case .error(let complaint):
            errors += 1
            return [Self.element("error", complaint, text)]
        case .skipped(let reason):
            skipped += 1
            let output = text.isEmpty ? [] : ["<system-out>\(text)</system-out>"]
            return ["<skipped message=\"\(Self.escape(reason))\"/>"] + output
        }
    }

    private static func element(_ kind: String, _ run: EarlierRun) -> String {
        let complaint = JUnitVerdict.Complaint(run.attempt.result)
        let stack = "<stackTrace>\(escape(complaint.message))</stackTrace>"
        return element(kind, complaint, "\(stack)<system-out>\(run.text)</system-out>")
    }

    private static func element(_ kind: String, _ complaint: JUnitVerdict.Complaint, _ content: String) -> String {
        "<\(kind) message=\"\(escape(complaint.message))\" type=\"\(complaint.type)\">\(content)</\(kind)>"
    }

    /// Returns the XML document.
    func xml() -> [UInt8] {
        var report = self
        if let complaint = JUnitVerdict.Complaint(build) {
            let text = Self.escape(build.errorMessage ?? "")
            report.addCase("Build \(build.id)", time: 0, report.element(.error(complaint), text))
        }
        return Array(report.document.utf8)
    }

    private var document: String {
        let counts = "tests=\"\(tests)\" failures=\"\(failures)\" errors=\"\(errors)\""
        let time = ResultsArchive.twoDecimals(seconds)
        let startedAt = build.timestamps[.building] ?? build.timestamps[.queued]
        let begin = startedAt.map { " timestamp=\"\(Self.timestamp($0))\"" } ?? ""
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites \(counts) time="\(time)">
              <testsuite name="\(Self.escape(name))" \(counts) skipped="\(skipped)" time="\(time)"\(begin)>
            \(cases)  </testsuite>
            </testsuites>

            """
    }
}

// MARK: Text

extension JUnitReport {
    fileprivate static func output(of result: AtomResult) -> [UInt8] {
        guard case .inline(let bytes) = result.console else {
            return Array("The output is in clusterrunner_console_output.".utf8)
        }
        return bytes
    }

    fileprivate static func text(of output: [UInt8]) -> String {
        escape(String(decoding: output.suffix(outputLimit), as: UTF8.self))
    }

    /// Formats a time in UTC without a zone, the only form that all readers accept.
    static func timestamp(_ seconds: Double) -> String {
        let text = Date(timeIntervalSince1970: seconds).formatted(.iso8601)
        return text.hasSuffix("Z") ? String(text.dropLast()) : text
    }

    /// Escapes text for XML 1.0 and replaces the characters that XML does not allow.
    ///
    /// White space other than blanks is escaped, because readers change it in attributes, and line ends everywhere.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n": escaped += "&#10;"
            case "\r": escaped += "&#13;"
            case "\t": escaped += "&#9;"
            case "\u{20}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"..."\u{10FFFF}":
                escaped.unicodeScalars.append(scalar)
            default: escaped += "\u{FFFD}"
            }
        }
        return escaped
    }
}

extension JUnitReport.EarlierRun {
    fileprivate var text: String { JUnitReport.text(of: output ?? JUnitReport.output(of: attempt.result)) }
}
