package import ClusterRunnerPlugin

extension JSONValue {
    /// The number, integer or not.
    package var seconds: Double? {
        switch self {
        case .number(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }
}
