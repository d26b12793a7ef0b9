/// The test cases of one run of an atom, with what their history needs.
package struct CaseSheet: Sendable, Equatable {
    /// The build.
    package let buildID: BuildID
    /// The subjob.
    package let subjobID: SubjobID
    /// The atom's number in the subjob.
    package let atomID: AtomIndex
    /// The job whose history has the cases.
    package let job: JobName
    /// The commit of the build; nil for projects without commits.
    package let commit: String?
    /// The slave that ran the atom.
    package let slave: SlaveID
    /// The number of the run among all runs of the atom, from 1.
    package let run: Int
    /// Whether the run's result counts; the cases of others serve to tell flaky ones.
    package let isCounted: Bool
    /// The time of the report, in seconds since 1970.
    package let reportedAt: Double
    /// The cases, in the order of the report.
    package let cases: [TestCase]

    /// Creates a sheet.
    package init(
        buildID: BuildID,
        subjobID: SubjobID,
        atomID: AtomIndex,
        job: JobName,
        commit: String? = nil,
        slave: SlaveID,
        run: Int,
        isCounted: Bool,
        reportedAt: Double,
        cases: [TestCase]
    ) {
        self.buildID = buildID
        self.subjobID = subjobID
        self.atomID = atomID
        self.job = job
        self.commit = commit
        self.slave = slave
        self.run = run
        self.isCounted = isCounted
        self.reportedAt = reportedAt
        self.cases = cases
    }
}
