import ClusterRunnerConcurrency
package import ClusterRunnerDomain
import ClusterRunnerJobFile
package import ClusterRunnerPlugin
import ClusterRunnerTerminal

/// The overview of a build: the running atoms, the failures with the end of their output, and the request.
package struct BuildPage: Page {
    package static let template = Template.build
    package let title: String
    package let section: Section? = .builds
    package let feed: LiveFeed?
    let header: BuildHeader
    let error: String?
    let notes: [String]
    let hasNotes: Bool
    let running: [RunningLine]
    let hasRunning: Bool
    let moreRunning: String?
    let runningPath: String
    let troubles: [SlaveTrouble]
    let hasTroubles: Bool
    let moreTroubles: String?
    let setupPath: String
    let failedCases: [CaseLine]
    let hasFailedCases: Bool
    let moreFailedCases: String?
    let failedCasesPath: String
    let failures: [Failure]
    let hasFailures: Bool
    let moreFailures: String?
    let failuresPath: String
    let flaky: [AtomLine]
    let hasFlaky: Bool
    let moreFlaky: String?
    let flakyPath: String
    let parameters: [Fact]
    let moments: [Moment]
    let job: [Fact]
    let hasJob: Bool

    /// The failed atoms shown with their output, and the flaky ones shown by name.
    package static let failureLimit = 20
    /// The lines of output shown for each failed atom.
    package static let tailLines = 12

    /// A name and its value.
    struct Fact: Sendable {
        let name: String
        let value: String
    }

    /// The time of entry into a state.
    struct Moment: Sendable {
        let label: String
        let time: TimeText
    }

    /// A failed atom with the end of its output.
    package struct Failure: Sendable {
        let line: AtomLine
        /// The end of the output as HTML; nil for no output at all.
        let tail: String?
        let isCut: Bool

        /// Creates the atom with its last lines; nil for no output at all.
        package init(_ atom: AtomRecord, tail: String?, isCut: Bool, slaves: SlaveNames = SlaveNames(), now: Double) {
            line = AtomLine(FoundAtom(record: atom, isHeld: false), slaves, now: now)
            self.tail = tail.flatMap { $0.isEmpty ? nil : TerminalMarkup.block($0) }
            self.isCut = isCut
        }
    }

    /// Creates the page; `requestParameters` are those that any reader may see.
    package init(
        _ build: BuildRecord,
        live: BuildLive?,
        counts: CaseCounts = CaseCounts(),
        failedCases: [CaseRecord] = [],
        failures: [Failure],
        flaky: [AtomRecord],
        troubles: [SlaveFailure] = [],
        requestParameters: [String: JSONValue],
        slaves: SlaveNames = SlaveNames(),
        now: Double
    ) {
        title = "Build \(build.id): \(Badge(build).label)"
        feed = build.state.isFinal ? nil : .build(build.id)
        header = BuildHeader(build, live: live, part: .overview, cases: counts, now: now)
        error = build.errorMessage.map(TerminalText.plain)
        notes = build.notes.map(TerminalText.plain)
        hasNotes = !notes.isEmpty
        running = (live?.running ?? []).map { RunningLine($0, of: build.id) }
        hasRunning = !running.isEmpty
        let unseenRunning = (live?.outlook?.running ?? 0) - running.count
        moreRunning = hasRunning && unseenRunning > 0 ? grouped(unseenRunning) : nil
        runningPath = DashboardPath.atoms(build.id, .running)
        let (shownTroubles, otherTroubles) = SlaveTrouble.list(troubles, slaves)
        self.troubles = shownTroubles
        hasTroubles = !shownTroubles.isEmpty
        moreTroubles = otherTroubles > 0 ? grouped(otherTroubles) : nil
        setupPath = DashboardPath.build(build.id, .setup)
        self.failedCases = failedCases.map { CaseLine($0) }
        hasFailedCases = !failedCases.isEmpty
        moreFailedCases = counts.failed > failedCases.count ? grouped(counts.failed - failedCases.count) : nil
        failedCasesPath = DashboardPath.cases(build.id, .failed)
        self.failures = failures
        hasFailures = !failures.isEmpty
        let unseen = build.progress.failedAtoms - failures.count
        moreFailures = unseen > 0 ? grouped(unseen) : nil
        failuresPath = DashboardPath.atoms(build.id, .failed)
        self.flaky = flaky.map { AtomLine(FoundAtom(record: $0, isHeld: false), slaves, now: now) }
        hasFlaky = !flaky.isEmpty
        let unseenFlaky = build.progress.flakyAtoms - flaky.count
        moreFlaky = unseenFlaky > 0 ? grouped(unseenFlaky) : nil
        flakyPath = DashboardPath.atoms(build.id, .flaky)
        parameters = requestParameters.sorted { $0.key < $1.key }.filter { $0.value != .null }.map { name, value in
            Fact(name: name, value: value.string ?? Self.text(of: value))
        }
        moments = BuildState.allCases.compactMap { state in
            build.timestamps[state].map { Moment(label: Self.label(of: state), time: TimeText($0, now: now)) }
        }
        job = Self.facts(of: build.job)
        hasJob = build.job != nil
    }

    private static func text(of reports: JobReports) -> String {
        (reports.junit.map(\.text) + (reports.output.map { ["output: \($0.rawValue)"] } ?? [])).joined(separator: "\n")
    }

    private static func text(of value: JSONValue) -> String {
        var writer = JSONWriter()
        // No request contains a number that JSON cannot express.
        try? writer.write(value)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func label(of state: BuildState) -> String {
        switch state {
        case .queued: "Requested"
        case .preparing: "Preparation began"
        case .prepared: "Prepared"
        case .building: "First slave was set up"
        case .finished: "Finished"
        case .error: "Ended in error"
        case .canceled: "Canceled"
        }
    }

    private static func facts(of job: Job?) -> [Fact] {
        guard let job else { return [] }
        let facts: [(String, String?)] = [
            ("Command", job.command),
            ("Atomizers", job.atomizers.map { "\($0.variable): \($0.command)" }.joined(separator: "\n")),
            ("Set-up", job.setup),
            ("Teardown", job.teardown),
            ("Container", job.container.map { ([$0.image] + $0.options).joined(separator: " ") }),
            ("Executors at most", job.maxExecutors.map(String.init)),
            ("Per slave at most", job.maxExecutorsPerSlave.map(String.init)),
            ("Timeout of an atom", job.timeout.map(TimeText.duration)),
            ("Reports of tests", job.reports.map(Self.text)),
            ("Retries of an atom", job.retries == 0 ? nil : String(job.retries)),
            ("Fail fast", job.failFast ? "yes" : nil),
        ]
        return facts.compactMap { name, value in value.map { Fact(name: name, value: $0) } }
    }
}
