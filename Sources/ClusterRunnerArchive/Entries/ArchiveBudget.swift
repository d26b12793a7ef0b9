import ClusterRunnerFiles
import ClusterRunnerPlugin

/// The remaining entries and bytes of an archive within its limits.
struct ArchiveBudget {
    private let limits: ArchiveLimits
    private var entries = 0
    private var bytes = 0

    init(_ limits: ArchiveLimits) {
        self.limits = limits
    }

    /// Counts an entry before it is extracted.
    mutating func addEntry(_ name: ByteString) throws {
        entries += 1
        guard entries <= limits.entries else {
            throw ClusterRunnerError.refused(
                name,
                "the archive holds more than \(limits.entries) entries",
                code: .tooLarge
            )
        }
    }

    /// Counts bytes of an entry before they are written.
    mutating func addBytes(_ count: Int, of name: ByteString) throws {
        let (sum, overflow) = bytes.addingReportingOverflow(count)
        guard !overflow, sum <= limits.bytes else {
            throw ClusterRunnerError.refused(
                name,
                "the archive unpacks to more than \(limits.bytes) bytes",
                code: .tooLarge
            )
        }
        bytes = sum
    }

    /// Counts an entry of that size; otherwise returns the reason why it does not fit, and counts nothing.
    mutating func take(bytes count: Int) -> String? {
        guard entries < limits.entries else { return "the archive holds \(entries) entries, as many as it may" }
        guard count <= limits.bytes - bytes else {
            return "it has \(count) bytes, and an archive holds \(limits.bytes) bytes at most"
        }
        entries += 1
        bytes += count
        return nil
    }
}
