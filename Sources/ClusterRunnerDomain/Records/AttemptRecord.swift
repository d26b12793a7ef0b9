/// A run of an atom that does not count: a failure that is retried, or a run that met an obstacle.
package struct AttemptRecord: Sendable, Equatable {
    /// The build of the atom.
    package let buildID: BuildID
    /// The subjob of the atom.
    package let subjobID: SubjobID
    /// The atom's number in the subjob.
    package let atomID: AtomIndex
    /// Its number among the runs of the atom, from 1; the run that counts is the last one.
    package let number: Int
    /// The outcome; its `cause` is the obstacle, if there was one.
    package var result: AtomResult
    /// Whether the run met an obstacle.
    package let isObstructed: Bool
    /// The slave that ran it; nil when unknown.
    package let slaveID: SlaveID?
    /// The executor of that slave, from 0.
    package let executor: Int?
    /// The time of its start, in seconds since 1970 by the master's clock.
    package let startedAt: Double?

    /// Creates a record.
    package init(
        buildID: BuildID,
        subjobID: SubjobID,
        atomID: AtomIndex,
        number: Int,
        result: AtomResult,
        isObstructed: Bool = false,
        slaveID: SlaveID? = nil,
        executor: Int? = nil,
        startedAt: Double? = nil
    ) {
        self.buildID = buildID
        self.subjobID = subjobID
        self.atomID = atomID
        self.number = number
        self.result = result
        self.isObstructed = isObstructed
        self.slaveID = slaveID
        self.executor = executor
        self.startedAt = startedAt
    }
}

extension AtomRecord {
    /// The number of the last reported run, from 1; 0 before the first.
    package var runs: Int { attempts + obstructions }

    /// Whether it may have earlier runs that do not count.
    package var mayHaveEarlierRuns: Bool {
        // A result without a run, as after the loss of slaves, means that all runs were earlier ones.
        obstructions > 0 || attempts > 1 || attempts == 1 && (result == nil || result?.cause != nil)
    }
}
