/// An atom that an executor runs, as its slave says with a sign of life.
package struct RunningAtom: Sendable, Equatable, Codable {
    /// Which atom, and under which lease.
    package let claim: LeasedAtom
    /// Which executor of the slave runs it, from 0.
    package let executor: Int
    /// How many seconds ago it began.
    package let age: Double

    /// Names an atom that runs.
    package init(claim: LeasedAtom, executor: Int, age: Double) {
        self.claim = claim
        self.executor = executor
        self.age = age
    }
}
