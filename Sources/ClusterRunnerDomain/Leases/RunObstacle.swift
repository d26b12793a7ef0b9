/// A reason why an atom could not be run, or its results could not be kept, that is not its command's fault.
package struct RunObstacle: Sendable, Equatable, Codable {
    /// The reason, a sentence.
    package let reason: String
    /// Whether the cause is the atom itself, such as a value too large for the system, so that no slave can run it.
    package let isOfAtom: Bool

    /// Creates an obstacle.
    package init(_ reason: String, isOfAtom: Bool = false) {
        self.reason = reason
        self.isOfAtom = isOfAtom
    }
}
