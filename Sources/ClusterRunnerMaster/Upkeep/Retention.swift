/// How long a master keeps builds that have ended, with their results.
package struct Retention: Sendable, Equatable {
    /// For how many days; nil is for ever.
    package var days: Int?
    /// How many at the most, the newest; nil is all.
    package var builds: Int?

    /// Creates a rule; without arguments everything is kept.
    package init(days: Int? = nil, builds: Int? = nil) {
        self.days = days
        self.builds = builds
    }
}
