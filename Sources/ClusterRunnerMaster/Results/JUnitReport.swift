import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Foundation

/// A report of a build in the JUnit XML of continuous-integration servers.
///
/// It has the test cases that the atoms' own reports name, in a suite for each of their files, and one for each atom
/// without such a report. A build that did not reach its end has an additional case with an error, because its atoms
/// alone may all have passed.
///
/// It keeps to the schema of Jenkins' xUnit plugin, which refuses files with anything else. Windy Road's schema for Ant
/// does not know the numbers of the root element, and the elements of Maven Surefire for failures that do not count.
struct JUnitReport: Sendable {
    let build: BuildRecord
    private let name: String
    private var suites: [Suite] = []
    private var places: [String: Int] = [:]

    /// The cases of a file, or those without one.
    fileprivate struct Suite: Sendable {
        let name: String
        var cases = ""
        var tests = 0
        var failures = 0
        var errors = 0
        var skipped = 0
        var seconds = 0.0
    }

    /// Starts the report of a build that has ended.
    init(_ build: BuildRecord) {
        self.build = build
        name = build.jobName ?? "Build \(build.id)"
    }

    /// Adds a case.
    mutating func add(_ each: ReportedCase) {
        let file = each.file ?? name
        let place = places[file] ?? suites.count
        if place == suites.count {
            places[file] = place
            suites.append(Suite(name: file))
        }
        suites[place].add(each, className: each.className ?? name)
    }

    /// Returns the XML document.
    func xml() -> [UInt8] {
        let tests = suites.reduce(0) { $0 + $1.tests }
        let failures = suites.reduce(0) { $0 + $1.failures }
        let errors = suites.reduce(0) { $0 + $1.errors }
        let time = ResultsArchive.twoDecimals(suites.reduce(0) { $0 + $1.seconds })
        let counts = "tests=\"\(tests)\" failures=\"\(failures)\" errors=\"\(errors)\" time=\"\(time)\""
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites \(counts)>\n"
        let all = suites.isEmpty ? [Suite(name: name)] : suites
        for (id, suite) in all.enumerated() { text += self.text(of: suite, id) }
        return Array((text + "</testsuites>\n").utf8)
    }

    private func text(of suite: Suite, _ id: Int) -> String {
        let startedAt = build.timestamps[.building] ?? build.timestamps[.queued] ?? 0
        let names = "name=\"\(Self.attribute(suite.name))\" package=\"\(Self.attribute(name))\" id=\"\(id)\""
        let counts = "tests=\"\(suite.tests)\" failures=\"\(suite.failures)\" errors=\"\(suite.errors)\""
        let times = "time=\"\(ResultsArchive.twoDecimals(suite.seconds))\" timestamp=\"\(Self.timestamp(startedAt))\""
        // The cases of a suite may have run on several machines.
        return """
              <testsuite \(names) \(counts) skipped="\(suite.skipped)" \(times) hostname="localhost">
                <properties/>
            \(suite.cases)    <system-out/>
                <system-err/>
              </testsuite>

            """
    }

    private static func attribute(_ text: String) -> String { text.isEmpty ? "-" : escape(text) }
}

// MARK: Cases

extension JUnitReport.Suite {
    fileprivate mutating func add(_ each: ReportedCase, className: String) {
        seconds += each.seconds
        tests += 1
        var elements = element(each.verdict, JUnitReport.escape(each.text), skipType: each.skipType)
        let kind = each.verdict == .passed ? "flakyFailure" : "rerunFailure"
        elements += each.reruns.map { Self.element(kind, $0) }
        let names = "classname=\"\(JUnitReport.escape(className))\" name=\"\(JUnitReport.escape(each.name))\""
        // Cases are shorter than atoms.
        let time = ResultsArchive.decimals(each.seconds, each.className == nil ? 2 : 3)
        let head = "    <testcase \(names) time=\"\(time)\""
        guard !elements.isEmpty else { return cases += "\(head)/>\n" }
        cases += "\(head)>\n\(elements.map { "      \($0)\n" }.joined())    </testcase>\n"
    }

    private mutating func element(_ verdict: JUnitVerdict, _ text: String, skipType: String?) -> [String] {
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
            let type = skipType.map { " type=\"\(JUnitReport.escape($0))\"" } ?? ""
            return ["<skipped\(type) message=\"\(JUnitReport.escape(reason))\"/>"] + output
        }
    }

    private static func element(_ kind: String, _ rerun: ReportedCase.Rerun) -> String {
        let stack = "<stackTrace>\(JUnitReport.escape(rerun.complaint.message))</stackTrace>"
        return element(kind, rerun.complaint, "\(stack)<system-out>\(JUnitReport.escape(rerun.text))</system-out>")
    }

    private static func element(_ kind: String, _ complaint: JUnitVerdict.Complaint, _ content: String) -> String {
        let attributes =
            "message=\"\(JUnitReport.escape(complaint.message))\" type=\"\(JUnitReport.escape(complaint.type))\""
        return "<\(kind) \(attributes)>\(content)</\(kind)>"
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
