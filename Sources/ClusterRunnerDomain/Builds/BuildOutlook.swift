/// What is known of an unfinished build beyond its record.
package struct BuildOutlook: Sendable, Equatable {
    /// How many atoms run.
    package let running: Int
    /// In how many seconds the build should end; nil when nobody can tell.
    package let secondsLeft: Double?

    /// Creates an outlook.
    package init(running: Int, secondsLeft: Double?) {
        self.running = running
        self.secondsLeft = secondsLeft
    }
}
