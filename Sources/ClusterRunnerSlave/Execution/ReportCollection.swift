import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerReports

/// The reader of the reports of test cases that an atom has left.
///
/// A broken report changes nothing about the result of its atom: what cannot be read is a note.
struct ReportCollection: Sendable {
    let reports: JobReports
    /// The artifact directory.
    let directory: String
    /// The file of the console output.
    let console: String
    var limits = ReportLimits.standard

    /// The cases and notes of an atom.
    struct Findings: Sendable, Equatable {
        /// The cases of all reports; nil when none could be read.
        var cases: [TestCase]?
        /// Sentences about reports that could not be read.
        var notes: [String] = []
    }

    /// The longest wait for the file system.
    private static let patience = Duration.seconds(60)
    /// The maximum size of all cases of an atom, half of what the master takes at once.
    private static let mostBytes = 32 << 20
    /// The maximum number of notes.
    private static let mostNotes = 10

    /// Reads the reports, on a thread that may block.
    func collect() async -> Findings {
        let late = ClusterRunnerError(.failed, "The file system did not answer within 60 s.")
        do {
            return try await blocking(within: Self.patience, orThrow: late) { isGivenUp in read(isGivenUp) }
        } catch {
            let reason = (error as? ClusterRunnerError)?.message ?? "The run was given up."
            return Findings(notes: ["The reports of test cases could not be read. \(reason)"])
        }
    }

    private func read(_ isGivenUp: () -> Bool) -> Findings {
        var findings = Findings()
        if !reports.junit.isEmpty { readFiles(into: &findings, isGivenUp) }
        if reports.output == .tap {
            add("The output", at: ByteString(console), to: &findings) { bytes in
                try TestReport.tap(bytes, limits: limits)
            }
        }
        let rest = findings.notes.count - Self.mostNotes
        if rest > 0 {
            findings.notes.removeLast(rest)
            findings.notes.append("There are \(rest) more notes about reports of test cases.")
        }
        return findings
    }

    private func readFiles(into findings: inout Findings, _ isGivenUp: () -> Bool) {
        var search = ReportSearch(patterns: reports.junit, root: ByteString(directory))
        search.run(isGivenUp)
        for path in search.found.sorted() where !isGivenUp() {
            let name = "\"\(path.escaped)\""
            add(name, at: ByteString(directory).appending(path), to: &findings) { bytes in
                try TestReport.junit(bytes, limits: limits)
            }
        }
        if search.found.isEmpty {
            let patterns = reports.junit.map { excerpt(of: $0.text) }.joined(separator: " or ")
            findings.notes.append("junit: no file in $ARTIFACT_DIR matches \(patterns).")
        }
        if search.isCutShort {
            findings.notes.append("junit: $ARTIFACT_DIR has too many files to look at all of them.")
        }
    }

    private func add(
        _ name: String,
        at path: ByteString,
        to findings: inout Findings,
        _ read: ([UInt8]) throws -> [TestCase]
    ) {
        do {
            let file = try RegularFile(path.cString)
            guard file.size <= limits.fileBytes else { throw Fault("it is larger than \(limits.fileBytes >> 20) MiB") }
            let cases = (findings.cases ?? []) + (try read(try file.bytes(count: file.size)))
            guard cases.count <= limits.cases else {
                throw Fault("with it there would be more than \(limits.cases) cases")
            }
            guard cases.size <= Self.mostBytes else {
                throw Fault("with it the cases would need more than \(Self.mostBytes >> 20) MiB")
            }
            findings.cases = cases
        } catch {
            findings.notes.append("\(name) was not read as a report of test cases: \(error).")
        }
    }

    private struct Fault: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }
}

extension AtomResult {
    /// Adds what the reports of test cases say about a run that came to its end.
    ///
    /// Exit code and report may disagree; a run is a success only by both.
    mutating func add(_ findings: ReportCollection.Findings) {
        notes += findings.notes
        guard let cases = findings.cases else { return }
        let counts = CaseCounts(cases)
        self.cases = counts
        guard cause == nil else { return }
        if exitCode == 0, counts.failed > 0 {
            cause = Self.disagreement(failed: counts.failed)
        } else if exitCode != 0, counts.failed == 0 {
            notes.append("The report names no failed test, but the command ended with \(exitCode).")
        }
    }
}
