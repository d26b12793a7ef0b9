package import ClusterRunnerPlugin

/// One fault of a job file or an inline job.
package struct JobFileFault: Sendable, Equatable {
    /// The name of the file, or `config` for an inline job.
    package let file: String
    /// The line, from 1; nil when the job is not text.
    package let line: Int?
    /// The column, from 1; nil when the job is not text.
    package let column: Int?
    /// The job that the fault lies in, if any.
    package let job: String?
    /// The job's key that the fault lies in, if any.
    package let key: String?
    /// The value that is there: "a string", "an unknown key".
    package let found: String
    /// The value that should be there.
    package let expected: String
    /// The known key that a misspelt one most likely meant.
    package let suggestion: String?
}

extension JobFileFault: CustomStringConvertible {
    /// The fault on one line, in the form of compilers.
    package var description: String {
        var parts = [line.map { "\(file):\($0):\(column ?? 1)" } ?? file]
        if let job { parts.append("job \(excerpt(of: job))") }
        if let key { parts.append("key \(excerpt(of: key))") }
        parts.append("found \(found), expected \(expected)" + (suggestion.map { ", did you mean \"\($0)\"?" } ?? ""))
        return parts.joined(separator: ": ")
    }
}

extension ClusterRunnerError {
    /// Makes the error for all faults of a job file.
    ///
    /// Only the first hundred are listed; a file with thousands of faults is not a job file.
    package static func invalidJobFile(_ file: String, _ faults: [JobFileFault]) -> Self {
        let count = faults.count == 1 ? "1 error" : "\(faults.count) errors"
        var lines = ["\(file) has \(count)."] + faults.prefix(100).map(\.description)
        if faults.count > 100 { lines.append("... and \(faults.count - 100) more.") }
        return Self(.invalidArgument, lines.joined(separator: "\n"))
    }
}
