/// How long the recent subjobs of a build took.
///
/// An exponentially weighted mean: recent subjobs count most, and one outlier does not rule for long.
struct Pace: Sendable {
    /// Seconds per subjob; nil before the first.
    private(set) var seconds: Double?
    private static let weight = 0.1

    /// Takes in the duration of one more subjob.
    mutating func add(_ duration: Double) {
        seconds = seconds.map { $0 + Self.weight * (duration - $0) } ?? duration
    }
}
