import ClusterRunnerCore
import Foundation

/// A report of a build in the JUnit XML form that continuous-integration servers read: one test case per atom.
///
/// It has what Jenkins, GitLab and GitHub's reporters agree on, in the order that the common schema demands.
struct JUnitReport: Sendable {
    private let name: String
    private let startedAt: Double?
    private var cases = ""
    private var tests = 0
    private var failures = 0
    private var skipped = 0
    private var seconds = 0.0

    /// The bytes of a failed atom's output that the report shows: the last ones.
    static let outputLimit = 8_000

    /// Starts the report of a job; `startedAt` is when the build began, in seconds since 1970.
    init(name: String, startedAt: Double? = nil) {
        self.name = name
        self.startedAt = startedAt
    }

    /// Adds an atom; `output` is the end of its output where that is not in the record.
    mutating func add(_ atom: AtomRecord, output: [UInt8]? = nil) {
        tests += 1
        let time = ResultsArchive.twoDecimals(atom.result?.seconds ?? 0)
        let attributes = "classname=\"\(Self.escape(name))\" name=\"\(Self.escape(atom.atom.value))\" time=\"\(time)\""
        guard let result = atom.result else {
            skipped += 1
            cases += "    <testcase \(attributes)><skipped message=\"It did not run.\"/></testcase>\n"
            return
        }
        seconds += result.seconds
        guard result.isFailure else {
            cases += "    <testcase \(attributes)/>\n"
            return
        }
        failures += 1
        let message = Self.escape(result.cause ?? "Exit code \(result.exitCode)")
        let type = result.cause == nil ? "exit_code" : "not_run_to_its_end"
        let text = Self.text(of: output ?? Self.output(of: result))
        let failure = "<failure message=\"\(message)\" type=\"\(type)\">\(text)</failure>"
        cases += "    <testcase \(attributes)>\n      \(failure)\n    </testcase>\n"
    }

    /// The XML document.
    func xml() -> [UInt8] {
        let counts = "tests=\"\(tests)\" failures=\"\(failures)\" errors=\"0\""
        let time = ResultsArchive.twoDecimals(seconds)
        let begin = startedAt.map { " timestamp=\"\(Self.timestamp($0))\"" } ?? ""
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites \(counts) time="\(time)">
              <testsuite name="\(Self.escape(name))" \(counts) skipped="\(skipped)" time="\(time)"\(begin)>
            \(cases)  </testsuite>
            </testsuites>

            """
        return Array(text.utf8)
    }

    private static func output(of result: AtomResult) -> [UInt8] {
        guard case .inline(let bytes) = result.console else {
            return Array("The output is in clusterrunner_console_output.".utf8)
        }
        return bytes
    }

    private static func text(of output: [UInt8]) -> String {
        escape(String(decoding: output.suffix(outputLimit), as: UTF8.self))
    }

    /// A point in time in UTC, in the only form that all readers take: without a zone.
    static func timestamp(_ seconds: Double) -> String {
        let text = Date(timeIntervalSince1970: seconds).formatted(.iso8601)
        return text.hasSuffix("Z") ? String(text.dropLast()) : text
    }

    /// Text as XML 1.0 may carry it: markup escaped, characters that XML does not allow replaced.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n": escaped += "&#10;"
            case "\t", "\r", "\u{20}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"..."\u{10FFFF}":
                escaped.unicodeScalars.append(scalar)
            default: escaped += "\u{FFFD}"
            }
        }
        return escaped
    }
}
