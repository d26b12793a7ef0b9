package import ClusterRunnerPlugin

/// One thing that is wrong with a job file or an inline job.
package struct JobFileFault: Sendable, Equatable {
    /// The name of the file, or `config` for an inline job.
    package let file: String
    /// The line, from 1; nil when the job did not come as text.
    package let line: Int?
    /// The column, from 1; nil when the job did not come as text.
    package let column: Int?
    /// The job, if the fault lies in one.
    package let job: String?
    /// The job's key, if the fault lies in one.
    package let key: String?
    /// What stands there: "a string", "an unknown key".
    package let found: String
    /// What should stand there.
    package let expected: String
    /// The known key that a misspelt one most likely meant.
    package let suggestion: String?
}

extension JobFileFault: CustomStringConvertible {
    /// The fault on one line, as compilers write theirs.
    package var description: String {
        var parts = [line.map { "\(file):\($0):\(column ?? 1)" } ?? file]
        if let job { parts.append("job \(excerpt(of: job))") }
        if let key { parts.append("key \(excerpt(of: key))") }
        parts.append("found \(found), expected \(expected)" + (suggestion.map { ", did you mean \"\($0)\"?" } ?? ""))
        return parts.joined(separator: ": ")
    }
}

extension ClusterRunnerError {
    /// The error for everything that is wrong with a job file.
    ///
    /// A file of thousands of faults is no job file; the first hundred say so well enough.
    package static func invalidJobFile(_ file: String, _ faults: [JobFileFault]) -> Self {
        let count = faults.count == 1 ? "1 error" : "\(faults.count) errors"
        var lines = ["\(file) has \(count)."] + faults.prefix(100).map(\.description)
        if faults.count > 100 { lines.append("... and \(faults.count - 100) more.") }
        return Self(.invalidArgument, lines.joined(separator: "\n"))
    }
}
