import ArgumentParser

/// The number of executors, from `--num-executors`.
struct ExecutorCount: ExpressibleByArgument, Sendable, Equatable {
    /// The range that the configuration allows as well.
    static let range = 1...4_096

    let value: Int

    /// Checks a count; an error names the option.
    func validate() throws {
        guard Self.range.contains(value) else { throw Self.fault(String(value)) }
    }

    init?(argument: String) {
        guard let value = Int(argument) else { return nil }
        self.value = value
    }

    private static func fault(_ text: String) -> ValidationError {
        ValidationError(
            "--num-executors must be a whole number from \(range.lowerBound) to \(range.upperBound), not \(text)."
        )
    }
}
