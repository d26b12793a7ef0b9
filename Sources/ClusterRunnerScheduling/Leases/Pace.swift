/// The mean time of a build's recent subjobs.
///
/// Exponentially weighted: recent subjobs count most, and an outlier fades soon.
struct Pace: Sendable {
    /// Seconds per subjob; nil before the first.
    private(set) var seconds: Double?
    private static let weight = 0.1

    /// Adds the duration of one more subjob.
    mutating func add(_ duration: Double) {
        seconds = seconds.map { $0 + Self.weight * (duration - $0) } ?? duration
    }
}
