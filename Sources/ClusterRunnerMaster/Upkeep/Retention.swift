/// The rule for keeping ended builds, with their results.
package struct Retention: Sendable, Equatable {
    /// The days that a build is kept; nil keeps it without limit.
    package var days: Int?
    /// The maximum number of builds, newest first; nil keeps all.
    package var builds: Int?

    /// Creates a rule that keeps everything by default.
    package init(days: Int? = nil, builds: Int? = nil) {
        self.days = days
        self.builds = builds
    }
}
