package import ClusterRunnerJobFile
package import ClusterRunnerPlugin

/// Keeps builds, subjobs, atoms, timings, events and counters.
///
/// Writes are grouped: ``enqueue(_:)`` only queues, in the order of the calls, and whatever is queued while a
/// transaction runs becomes the next one. Nothing may be acknowledged to anybody before its ticket is durable.
/// Reads see what is durable and never wait for writes.
package protocol BuildStore: Sendable {
    /// Queues changes; they become durable together, after everything queued before, and never in part.
    ///
    /// Synchronous, so that an actor's calls keep the order of its decisions. Changes that the store cannot take now, as
    /// on a full disk, wait until it can: their tickets stay open meanwhile.
    func enqueue(_ changes: [StoreChange]) -> StoreTicket

    /// The reason why changes wait, such as a full disk; nil when they do not.
    var obstacle: ClusterRunnerError? { get }

    /// The highest value that ``StoreChange/counter(_:atLeast:)`` ever wrote, or 0.
    func counter(_ counter: StoreCounter) async throws -> Int

    /// One build.
    func build(_ id: Int) async throws -> BuildRecord?

    /// Builds, ordered by id.
    func builds(_ query: BuildQuery) async throws -> [BuildRecord]

    /// The builds that a person looks for, and how many there are.
    func builds(matching search: BuildSearch) async throws -> FoundBuilds

    /// One subjob.
    func subjob(build: Int, id: Int) async throws -> SubjobRecord?

    /// Subjobs of a build, ordered by id.
    func subjobs(build: Int, page: StorePage) async throws -> [SubjobRecord]

    /// One atom.
    func atom(build: Int, subjob: Int, id: Int) async throws -> AtomRecord?

    /// Atoms of a build, ordered by subjob and id.
    func atoms(_ query: AtomQuery) async throws -> [AtomRecord]

    /// The atoms that a person looks for, without their output, and how many there are.
    func atoms(matching search: AtomSearch) async throws -> FoundAtoms

    /// What the atoms of a build took, by slave, executor and time; of more than `limit` the longest that many stand alone,
    /// see ``TimelineMerger``.
    func timelineSpans(build: Int, limit: Int) async throws -> [TimelineSpan]

    /// The jobs of which builds are kept, the one with the newest build first.
    func jobs(page: StorePage) async throws -> [JobSummary]

    /// The last builds of a job that have ended, at most `limit`, with the `atomLimit` slowest and flakiest atoms.
    func history(of job: JobName, limit: Int, atomLimit: Int) async throws -> JobHistory

    /// The runs of atoms that do not count, of a build's subjobs in a range, ordered by subjob, atom and number; without
    /// `withConsole` their outputs are empty and inline.
    func attempts(build: Int, subjobs: ClosedRange<Int>, withConsole: Bool) async throws -> [AttemptRecord]

    /// The failures of slaves that cost a build's budgets, oldest first.
    func slaveFailures(build: Int) async throws -> [SlaveFailure]

    /// The commands of a build that are no atoms, in the order in which they ended.
    func commands(build: Int) async throws -> [CommandRecord]

    /// What speaks against slaves.
    func slaveHealth() async throws -> [SlaveHealthRecord]

    /// At most `limit` events, oldest first: those with an id above `after`, at or after the time `since` (seconds since
    /// 1970) if one is given.
    func events(after: Int, since: Double?, limit: Int) async throws -> [StoredEvent]

    /// What happened to a slave, newest first: that it came, set builds up, was quarantined, told to leave, or lost.
    func events(ofSlave slave: Int, limit: Int) async throws -> [StoredEvent]

    /// The id of the newest event, or 0.
    func lastEvent() async throws -> Int

    /// The seconds that atoms of a job took in their last passed runs, newest first, at most `limit` for each.
    ///
    /// Atoms that never passed are left out. It takes as long as there are `atoms`, whatever else is known of the job.
    func timings(of atoms: [Atom], projectID: String, jobName: String, limit: Int) async throws -> [Atom: [Double]]
}

/// One change that a store makes durable.
package enum StoreChange: Sendable, Equatable {
    /// A new build, or new values of a known one.
    case build(BuildRecord)
    /// New subjobs, or new values of known ones.
    case subjobs([SubjobRecord])
    /// New atoms, or new values of known ones.
    case atoms([AtomRecord])
    /// How long passed atoms took, for later builds of the same job.
    case timings(projectID: String, jobName: String, [AtomTiming])
    /// A run of an atom that does not count; of a build that is not there (any more) it is dropped.
    case attempt(AttemptRecord)
    /// A failure of a slave that costs a build's budget.
    case slaveFailure(build: Int, SlaveFailure)
    /// Commands of a build that are no atoms; of a build that is not there (any more) they are dropped.
    case commands(build: Int, [CommandRecord])
    /// What speaks against the slave at a `host:port` now; nil is nothing.
    case slaveHealth(url: String, SlaveHealthRecord?)
    /// Something that happened; the store numbers it.
    case event(EventRecord)
    /// A counter that never goes back: the larger of this and the stored value is kept.
    case counter(StoreCounter, atLeast: Int)
    /// A build and everything below it goes away; timings, events and counters stay.
    case removeBuild(Int)
}

/// How long one passed run of an atom took.
package struct AtomTiming: Sendable, Equatable {
    /// Which atom.
    package let atom: Atom
    /// How long it ran.
    package let seconds: Double

    /// Creates a timing.
    package init(atom: Atom, seconds: Double) {
        self.atom = atom
        self.seconds = seconds
    }
}

/// The counters that never restart.
package enum StoreCounter: String, Sendable, CaseIterable {
    /// The last build id given.
    case build
    /// The last slave id given.
    case slave
    /// The last lease number that may have been given.
    case lease
}

/// Which builds a reader wants.
package struct BuildQuery: Sendable, Equatable {
    /// Only builds in one of these states; nil is all.
    package var states: Set<BuildState>?
    /// Largest id first.
    package var newestFirst: Bool
    /// Which part of the list.
    package var page: StorePage

    /// Creates a query.
    package init(states: Set<BuildState>? = nil, newestFirst: Bool = false, page: StorePage = .all) {
        self.states = states
        self.newestFirst = newestFirst
        self.page = page
    }
}

/// Which atoms of a build a reader wants.
package struct AtomQuery: Sendable, Equatable {
    /// The build.
    package var build: Int
    /// Only atoms of these subjobs; nil is all.
    package var subjobs: ClosedRange<Int>?
    /// Only atoms that ended like this; nil is all.
    package var outcome: Outcome?
    /// Whether the console output kept in the record is read too; without it `console` is empty and inline.
    package var withConsole: Bool
    /// Which part of the list.
    package var page: StorePage

    /// How an atom ended.
    package enum Outcome: Sendable, Equatable {
        /// With a failure.
        case failed
        /// It passed, after it had failed.
        case flaky
    }

    /// Creates a query.
    package init(
        build: Int,
        subjobs: ClosedRange<Int>? = nil,
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
    /// How many to leave out at the start.
    package var offset: Int
    /// How many at the most; nil is all the rest.
    package var limit: Int?

    /// Creates a page.
    package init(offset: Int = 0, limit: Int? = nil) {
        self.offset = offset
        self.limit = limit
    }

    /// The whole list.
    package static let all = Self()
}
