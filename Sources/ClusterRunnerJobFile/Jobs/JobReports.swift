/// The reports of test cases that the commands of a job make.
package struct JobReports: Sendable, Equatable, Codable {
    /// The files below the artifact directory that are reports in JUnit's XML.
    package var junit: [PathPattern]
    /// The format of test results in the output of an atom; nil when it has none.
    package var output: ReportFormat?

    /// Creates reports.
    package init(junit: [PathPattern] = [], output: ReportFormat? = nil) {
        self.junit = junit
        self.output = output
    }
}

/// The formats of test results in an output.
package enum ReportFormat: String, Sendable, Codable, CaseIterable {
    /// The Test Anything Protocol.
    case tap
}
