/// A run of an atom that does not count: it failed and the atom is run again, or it could not be run.
package struct AttemptRecord: Sendable, Equatable {
    /// The build of the atom.
    package let buildID: Int
    /// The subjob of the atom.
    package let subjobID: Int
    /// The atom's number in the subjob.
    package let atomID: Int
    /// Its number among the runs of the atom, from 1; the run that counts has the last one.
    package let number: Int
    /// The outcome; `cause` is why it could not be run, if that is so.
    package var result: AtomResult
    /// Whether the atom could not be run, for which its command is not to blame.
    package let isObstructed: Bool
    /// The slave that ran it; nil when that is not known.
    package let slaveID: Int?
    /// The executor of that slave, from 0.
    package let executor: Int?
    /// When it began, in seconds since 1970 by the master's clock.
    package let startedAt: Double?

    /// Creates a record.
    package init(
        buildID: Int,
        subjobID: Int,
        atomID: Int,
        number: Int,
        result: AtomResult,
        isObstructed: Bool = false,
        slaveID: Int? = nil,
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
    /// The number of the last run that was reported, from 1; 0 before the first.
    package var runs: Int { attempts + obstructions }

    /// Whether it may have runs that do not count.
    package var mayHaveEarlierRuns: Bool {
        // Where the result came of no run, as of lost slaves, all of them were earlier ones.
        obstructions > 0 || attempts > 1 || attempts == 1 && (result == nil || result?.cause != nil)
    }
}
