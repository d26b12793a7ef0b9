/// The progress of an unfinished build beyond its record.
package struct BuildOutlook: Sendable, Equatable {
    /// Number of running atoms.
    package let running: Int
    /// Estimated seconds to the end of the build; nil without an estimate.
    package let secondsLeft: Double?

    /// Creates an outlook.
    package init(running: Int, secondsLeft: Double?) {
        self.running = running
        self.secondsLeft = secondsLeft
    }
}
