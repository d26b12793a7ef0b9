package import ClusterRunnerJobFile
package import ClusterRunnerPlugin

/// The store of builds, subjobs, atoms, timings, events and counters.
///
/// Writes are grouped: ``enqueue(_:)`` only queues, in the order of the calls, and all changes queued during a
/// transaction form the next one. Nothing may be acknowledged before its ticket is durable. Reads see durable data only
/// and never wait for writes.
package protocol BuildStore: Sendable {
    /// Queues changes; they become durable together, after everything queued before, and never in part.
    ///
    /// Synchronous, so that an actor's calls keep the order of its decisions. Changes that the store cannot write now,
    /// as on a full disk, wait until it can: their tickets stay open meanwhile.
    func enqueue(_ changes: [StoreChange]) -> StoreTicket

    /// The reason why changes wait, such as a full disk; nil when they do not.
    var obstacle: ClusterRunnerError? { get }

    /// Reports the duration of each further transaction to an observer, which must not wait; it replaces an earlier one.
    func observeCommits(_ observer: @escaping @Sendable (Duration) -> Void)

    /// Reads the highest value that ``StoreChange/counter(_:atLeast:)`` ever wrote, or 0.
    func counter(_ counter: StoreCounter) async throws -> Int

    /// Reads one build.
    func build(_ id: BuildID) async throws -> BuildRecord?

    /// Reads builds, ordered by id.
    func builds(_ query: BuildQuery) async throws -> [BuildRecord]

    /// Finds builds and their total number.
    func builds(matching search: BuildSearch) async throws -> FoundBuilds

    /// Reads one subjob.
    func subjob(build: BuildID, id: SubjobID) async throws -> SubjobRecord?

    /// Reads subjobs of a build, ordered by id.
    func subjobs(build: BuildID, page: StorePage) async throws -> [SubjobRecord]

    /// Reads one atom.
    func atom(build: BuildID, subjob: SubjobID, id: AtomIndex) async throws -> AtomRecord?

    /// Reads atoms of a build, ordered by subjob and id.
    func atoms(_ query: AtomQuery) async throws -> [AtomRecord]

    /// Finds atoms and their total number; outputs are not read.
    func atoms(matching search: AtomSearch) async throws -> FoundAtoms

    /// Reads the spans of a build's atoms, by slave, executor and time; the `limit` longest keep a span of their own,
    /// see ``TimelineMerger``.
    func timelineSpans(build: BuildID, limit: Int) async throws -> [TimelineSpan]

    /// Reads the jobs with stored builds, the one with the newest build first.
    func jobs(page: StorePage) async throws -> [JobSummary]

    /// Reads the last ended builds of a job, at most `limit`, with the `atomLimit` slowest and flakiest atoms.
    func history(of job: JobName, limit: Int, atomLimit: Int) async throws -> JobHistory

    /// Finds test cases and their total number.
    func cases(matching search: CaseSearch) async throws -> FoundCases

    /// Reads the numbers of test cases of builds; builds without any are left out.
    func caseCounts(of builds: [BuildID]) async throws -> [BuildID: CaseCounts]

    /// Reads a test case with its runs in the newest builds of its job, at most `limit`.
    func caseHistory(_ id: CaseID, limit: Int) async throws -> CaseHistory?

    /// Reads the cases of a job that deserve a look over its newest builds, at most `limit`; `caseLimit` of each kind.
    func caseFigures(of job: JobName, limit: Int, caseLimit: Int) async throws -> JobCases

    /// Reads the runs of atoms that do not count, for a range of a build's subjobs, ordered by subjob, atom and number;
    /// without `withConsole` their outputs are empty and inline.
    func attempts(build: BuildID, subjobs: ClosedRange<SubjobID>, withConsole: Bool) async throws -> [AttemptRecord]

    /// Reads the failures of slaves that count against a build's budgets, oldest first.
    func slaveFailures(build: BuildID) async throws -> [SlaveFailure]

    /// Reads the commands of a build that are not atoms, in the order of their ends.
    func commands(build: BuildID) async throws -> [CommandRecord]

    /// Reads the health records of slaves.
    func slaveHealth() async throws -> [SlaveHealthRecord]

    /// Reads the notifications that are or may become due, by build and target.
    func notifications() async throws -> [NotificationRecord]

    /// Reads at most `limit` events, oldest first, with an id above `after`; with `since`, only those at or after that
    /// time in seconds since 1970.
    func events(after: Int, since: Double?, limit: Int) async throws -> [StoredEvent]

    /// Reads the events of a slave, newest first: registration, set-ups, quarantines, departure or loss.
    func events(ofSlave slave: SlaveID, limit: Int) async throws -> [StoredEvent]

    /// Reads the id of the newest event, or 0.
    func lastEvent() async throws -> Int

    /// Reads the seconds of the last passed runs of a job's atoms, newest first, at most `limit` for each.
    ///
    /// Atoms that never passed are left out. The time grows with the number of `atoms`, not with that of the job's
    /// timings.
    func timings(of atoms: [Atom], projectID: String, jobName: String, limit: Int) async throws -> [Atom: [Double]]
}

extension BuildStore {
    /// Reports nothing, for stores without transactions of their own.
    package func observeCommits(_ observer: @escaping @Sendable (Duration) -> Void) {}
}

/// One change that a store makes durable.
package enum StoreChange: Sendable, Equatable {
    /// A new build, or new values of a known one.
    case build(BuildRecord)
    /// New subjobs, or new values of known ones.
    case subjobs([SubjobRecord])
    /// New atoms, or new values of known ones.
    case atoms([AtomRecord])
    /// The run times of passed atoms, for later builds of the same job.
    case timings(projectID: String, jobName: String, [AtomTiming])
    /// A run of an atom that does not count; dropped if its build no longer exists.
    case attempt(AttemptRecord)
    /// The test cases of a run of an atom; dropped if the build no longer exists.
    ///
    /// The history of a job keeps the cases of at least `keeping` builds, those of removed builds included.
    case cases(CaseSheet, keeping: Int)
    /// A failure of a slave that counts against a build's budget.
    case slaveFailure(build: BuildID, SlaveFailure)
    /// Commands of a build that are not atoms; dropped if their build no longer exists.
    case commands(build: BuildID, [CommandRecord])
    /// The health record of the slave at a `host:port`; nil removes it.
    case slaveHealth(url: String, SlaveHealthRecord?)
    /// The progress of a build's notifications at a target; dropped if the build no longer exists.
    case notification(NotificationRecord)
    /// The end of a build's notifications at a target.
    case removeNotification(build: BuildID, target: String)
    /// An event; the store numbers it.
    case event(EventRecord)
    /// A counter that never decreases: the larger of this and the stored value is kept.
    case counter(StoreCounter, atLeast: Int)
    /// The removal of a build and everything below it; timings, events and counters stay.
    case removeBuild(BuildID)
}

/// The run time of one passed run of an atom.
package struct AtomTiming: Sendable, Equatable {
    /// The atom.
    package let atom: Atom
    /// The run time.
    package let seconds: Double

    /// Creates a timing.
    package init(atom: Atom, seconds: Double) {
        self.atom = atom
        self.seconds = seconds
    }
}

/// The counters that never decrease.
package enum StoreCounter: String, Sendable, CaseIterable {
    /// The last build id given.
    case build
    /// The last slave id given.
    case slave
    /// The last lease number that may have been given.
    case lease
}

/// A query for builds.
package struct BuildQuery: Sendable, Equatable {
    /// Only builds in one of these states; nil for all.
    package var states: Set<BuildState>?
    /// Whether the largest id comes first.
    package var newestFirst: Bool
    /// The part of the list.
    package var page: StorePage

    /// Creates a query.
    package init(states: Set<BuildState>? = nil, newestFirst: Bool = false, page: StorePage = .all) {
        self.states = states
        self.newestFirst = newestFirst
        self.page = page
    }
}

/// A query for atoms of a build.
package struct AtomQuery: Sendable, Equatable {
    /// The build.
    package var build: BuildID
    /// Only atoms of these subjobs; nil for all.
    package var subjobs: ClosedRange<SubjobID>?
    /// Only atoms with this outcome; nil for all.
    package var outcome: Outcome?
    /// Whether the console output in the record is read too; without it `console` is empty and inline.
    package var withConsole: Bool
    /// The part of the list.
    package var page: StorePage

    /// The outcome of an atom.
    package enum Outcome: Sendable, Equatable {
        /// Failed.
        case failed
        /// Passed after a failure.
        case flaky
    }

    /// Creates a query.
    package init(
        build: BuildID,
        subjobs: ClosedRange<SubjobID>? = nil,
        outcome: Outcome? = nil,
        withConsole: Bool = false,
        page: StorePage = .all
    ) {
        self.build = build
        self.subjobs = subjobs
        self.outcome = outcome
        self.withConsole = withConsole
        self.page = page
    }
}

/// A part of a list.
package struct StorePage: Sendable, Equatable {
    /// Number of elements to skip.
    package var offset: Int
    /// Maximum number of elements; nil for all the rest.
    package var limit: Int?

    /// Creates a page.
    package init(offset: Int = 0, limit: Int? = nil) {
        self.offset = offset
        self.limit = limit
    }

    /// The whole list.
    package static let all = Self()
}
