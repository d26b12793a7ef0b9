import ClusterRunnerCore

/// A report of a build in the JUnit XML form that continuous-integration servers read: one test case per atom.
struct JUnitReport: Sendable {
    private let name: String
    private var cases = ""
    private var tests = 0
    private var failures = 0
    private var skipped = 0
    private var seconds = 0.0

    /// The bytes of a failed atom's output that the report shows: the last ones.
    private static let outputLimit = 8_000

    /// Starts the report of a job.
    init(name: String) {
        self.name = name
    }

    /// Adds an atom.
    mutating func add(_ atom: AtomRecord) {
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
        let failure = "<failure message=\"\(message)\">\(Self.output(of: result))</failure>"
        cases += "    <testcase \(attributes)>\n      \(failure)\n    </testcase>\n"
    }

    /// The XML document.
    func xml() -> [UInt8] {
        let counts = "tests=\"\(tests)\" failures=\"\(failures)\" errors=\"0\" skipped=\"\(skipped)\""
        let time = ResultsArchive.twoDecimals(seconds)
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites \(counts.replacing(" skipped=\"\(skipped)\"", with: "")) time="\(time)">
              <testsuite name="\(Self.escape(name))" \(counts) time="\(time)">
            \(cases)  </testsuite>
            </testsuites>

            """
        return Array(text.utf8)
    }

    private static func output(of result: AtomResult) -> String {
        guard case .inline(let bytes) = result.console else { return "The output is in clusterrunner_console_output." }
        return escape(String(decoding: bytes.suffix(outputLimit), as: UTF8.self))
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
