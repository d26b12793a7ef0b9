import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Foundation

/// A report of a build in the JUnit XML of continuous-integration servers.
///
/// It has the test cases that the atoms' own reports name, and one for each atom without such a report. Its elements are
/// those that Jenkins, GitLab and GitHub's reporters share. Failures that do not count have the elements of Maven
/// Surefire. A build that did not reach its end has an additional test case with an error, because its atoms alone may
/// all have passed.
struct JUnitReport: Sendable {
    private let build: BuildRecord
    private let name: String
    private var cases = ""
    private var tests = 0
    private var failures = 0
    private var errors = 0
    private var skipped = 0
    private var seconds = 0.0

    /// Starts the report of a build that has ended.
    init(_ build: BuildRecord) {
        self.build = build
        name = build.jobName ?? "Build \(build.id)"
    }

    /// Adds a case.
    mutating func add(_ each: ReportedCase) {
        seconds += each.seconds
        tests += 1
        var elements = element(each.verdict, Self.escape(each.text))
        let kind = each.verdict == .passed ? "flakyFailure" : "rerunFailure"
        elements += each.reruns.map { Self.element(kind, $0) }
        var attributes = "classname=\"\(Self.escape(each.className ?? name))\" name=\"\(Self.escape(each.name))\""
        if let file = each.file { attributes += " file=\"\(Self.escape(file))\"" }
        // Cases are shorter than atoms.
        let time = ResultsArchive.decimals(each.seconds, each.className == nil ? 2 : 3)
        let head = "    <testcase \(attributes) time=\"\(time)\""
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

    private static func element(_ kind: String, _ rerun: ReportedCase.Rerun) -> String {
        let stack = "<stackTrace>\(escape(rerun.complaint.message))</stackTrace>"
        return element(kind, rerun.complaint, "\(stack)<system-out>\(escape(rerun.text))</system-out>")
    }

    private static func element(_ kind: String, _ complaint: JUnitVerdict.Complaint, _ content: String) -> String {
        let attributes = "message=\"\(escape(complaint.message))\" type=\"\(escape(complaint.type))\""
        return "<\(kind) \(attributes)>\(content)</\(kind)>"
    }

    /// Returns the XML document.
    func xml() -> [UInt8] { Array(document.utf8) }

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
