/// A reason why an atom could not be run, or its results could not be kept, for which its command is not to blame.
package struct RunObstacle: Sendable, Equatable, Codable {
    /// A sentence.
    package let reason: String
    /// Whether it lies in the atom itself, such as a value that is too large for the system: no slave can run it.
    package let isOfAtom: Bool

    /// Creates an obstacle.
    package init(_ reason: String, isOfAtom: Bool = false) {
        self.reason = reason
        self.isOfAtom = isOfAtom
    }
}
