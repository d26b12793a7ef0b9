import ClusterRunnerDomain
import ClusterRunnerPlugin

/// A report of a build in the Common Test Report Format, JSON for tools that compare and show test results.
///
/// It has the same cases as ``JUnitReport``. See <https://ctrf.io/docs/specification>.
struct CTRFReport: Sendable {
    private let build: BuildRecord
    private let name: String
    private var tests = JSONWriter()
    private var counts: [String: Int] = [:]
    private var flaky = 0
    private var total = 0

    /// Starts the report of a build that has ended.
    init(_ build: BuildRecord) {
        self.build = build
        name = build.jobName ?? "Build \(build.id)"
    }

    /// Adds a case.
    mutating func add(_ each: ReportedCase) throws {
        let (status, raw) = Self.status(of: each.verdict)
        total += 1
        counts[status, default: 0] += 1
        if each.isFlaky { flaky += 1 }
        var test: [String: JSONValue] = [
            "name": .string(each.name), "status": .string(status), "rawStatus": .string(raw),
            "duration": .integer(Self.milliseconds(each.seconds)),
            "suite": .array([.string(name), .string(each.className ?? name)]),
        ]
        if let file = each.file { test["filePath"] = .string(file) }
        if let message = each.verdict.message { test["message"] = .string(message) }
        if !each.text.isEmpty, each.verdict != .passed { test["trace"] = .string(each.text) }
        if !each.reruns.isEmpty {
            test["flaky"] = .bool(each.isFlaky)
            test["retries"] = .integer(each.reruns.count)
            test["retryAttempts"] = .array(each.reruns.enumerated().map { Self.attempt($0 + 1, $1) })
        }
        if total > 1 { tests.append(verbatim: ",\n".utf8) }
        try tests.write(test)
    }

    private static func attempt(_ number: Int, _ rerun: ReportedCase.Rerun) -> JSONValue {
        [
            "attempt": .integer(number), "status": "failed", "message": .string(rerun.complaint.message),
            "trace": .string(rerun.text),
        ]
    }

    /// Returns the status in the format's words, and in ours.
    private static func status(of verdict: JUnitVerdict) -> (String, String) {
        switch verdict {
        case .passed: ("passed", "passed")
        case .failure: ("failed", "failed")
        case .error: ("failed", "error")
        case .skipped: ("skipped", "skipped")
        }
    }

    private static func milliseconds(_ seconds: Double) -> Int { Int((min(max(0, seconds), 1e12) * 1000).rounded()) }

    /// Returns the JSON document.
    func json() throws -> [UInt8] {
        let start = build.timestamps[.building] ?? build.timestamps[.queued] ?? 0
        let stop = build.timestamps[.finished] ?? build.timestamps[.error] ?? build.timestamps[.canceled] ?? start
        var summary: [String: JSONValue] = [
            "tests": .integer(total), "flaky": .integer(flaky), "start": .integer(Self.milliseconds(start)),
            "stop": .integer(Self.milliseconds(stop)),
        ]
        for status in ["passed", "failed", "pending", "skipped", "other"] {
            summary[status] = .integer(counts[status] ?? 0)
        }
        let tool: [String: JSONValue] = ["name": "clusterrunner"]
        var document = JSONWriter()
        document.append(verbatim: #"{"reportFormat":"CTRF","specVersion":"0.0.0","results":{"summary":"#.utf8)
        try document.write(summary)
        document.append(verbatim: #","tool":"#.utf8)
        try document.write(tool)
        document.append(verbatim: ",\"tests\":[\n".utf8)
        document.append(verbatim: tests.bytes)
        document.append(verbatim: "\n]}}\n".utf8)
        return document.bytes
    }
}

extension JUnitVerdict {
    /// The message of anything but a pass.
    fileprivate var message: String? {
        switch self {
        case .passed: nil
        case .failure(let complaint), .error(let complaint): complaint.message
        case .skipped(let reason): reason
        }
    }
}
