/// An atom that an executor runs, as reported in a heartbeat.
package struct RunningAtom: Sendable, Equatable, Codable {
    /// The atom and its lease.
    package let claim: LeasedAtom
    /// The executor of the slave that runs it, from 0.
    package let executor: Int
    /// Seconds since its start.
    package let age: Double

    /// Creates a running atom.
    package init(claim: LeasedAtom, executor: Int, age: Double) {
        self.claim = claim
        self.executor = executor
        self.age = age
    }
}
