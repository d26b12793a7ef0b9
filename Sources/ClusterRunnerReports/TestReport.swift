package import ClusterRunnerDomain

/// Readers of the reports that test runners write.
package enum TestReport {
    /// Reads a report in JUnit's XML, in the dialect of any test runner.
    ///
    /// - Throws: ``ReportFault`` when it is no such report, is not complete, or exceeds a limit.
    package static func junit(
        _ bytes: [UInt8],
        limits: ReportLimits = .standard
    ) throws(ReportFault) -> [TestCase] {
        guard bytes.count <= limits.fileBytes else {
            throw ReportFault("it is larger than \(limits.fileBytes >> 20) MiB")
        }
        guard bytes.contains(where: { !" \t\r\n".utf8.contains($0) }) else { throw ReportFault("it is empty") }
        let cases = try JUnitReader.cases(in: try XMLSource(bytes), limits: limits)
        var trimmer = CaseTrimmer(limits)
        return cases.map { trimmer.trimmed($0) }
    }

    /// Reads an output in the Test Anything Protocol; lines that are not of it are passed over.
    ///
    /// - Throws: ``ReportFault`` when it has neither a plan nor a test, or exceeds a limit.
    package static func tap(
        _ bytes: [UInt8],
        limits: ReportLimits = .standard
    ) throws(ReportFault) -> [TestCase] {
        guard bytes.count <= limits.fileBytes else {
            throw ReportFault("it is larger than \(limits.fileBytes >> 20) MiB")
        }
        var reader = TAPReader()
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let content = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            reader.read(Substring(decoding: content, as: UTF8.self))
            guard reader.count <= limits.cases else { throw ReportFault("it has more than \(limits.cases) tests") }
        }
        let cases = try reader.finish()
        var trimmer = CaseTrimmer(limits)
        return cases.map { trimmer.trimmed($0) }
    }
}
