import ClusterRunnerAPI
import ClusterRunnerCore

/// What a slave says goes into sums and products: numbers that cannot be are refused before that.
extension SlaveRegistration {
    /// As many executors as a slave's configuration may give it.
    private static let executorCounts = 1...4096
    private static let executorIndices = 0...1_000_000_000

    /// Refuses numbers out of range.
    func check() throws {
        guard numExecutors > 0 else {
            throw ClusterRunnerError(.invalidArgument, "A slave needs at least one executor.")
        }
        try Self.check(numExecutors, "num_executors", Self.executorCounts)
        guard let hold else { return }
        try Self.check(hold.executors, "executors of its hold", Self.executorCounts)
        try Self.check(hold.firstExecutorIndex, "firstExecutorIndex of its hold", Self.executorIndices)
    }

    private static func check(_ value: Int, _ name: String, _ range: ClosedRange<Int>) throws {
        guard !range.contains(value) else { return }
        throw ClusterRunnerError(
            .invalidArgument,
            "A slave's \(name) must be \(range.lowerBound) to \(range.upperBound), not \(value)."
        )
    }
}

extension AtomReport {
    /// Refuses a time that no run takes.
    func check() throws {
        guard !(0...1e9).contains(result.seconds) else { return }
        throw ClusterRunnerError(
            .invalidArgument,
            "Atom \(atom) of subjob \(subjob) cannot have run for \(result.seconds) seconds."
        )
    }
}
