/// An atom that an executor runs, as its slave says with a sign of life.
public struct RunningAtom: Sendable, Equatable, Codable {
    /// Which atom, and under which hand-out.
    public let claim: AtomClaim
    /// Which executor of the slave runs it, from 0.
    public let executor: Int
    /// How many seconds ago it began.
    public let age: Double

    /// Names an atom that runs.
    public init(claim: AtomClaim, executor: Int, age: Double) {
        self.claim = claim
        self.executor = executor
        self.age = age
    }
}
