import ClusterRunnerConcurrency
package import ClusterRunnerDomain
import ClusterRunnerJobFile
package import ClusterRunnerPlugin
import ClusterRunnerTerminal

/// A build at a glance: what it waits for, what failed with the end of its output, and what it was asked for.
package struct BuildPage: Page {
    package static let template = Template.build
    package let title: String
    package let section: Section? = .builds
    package let feed: LiveFeed?
    let header: BuildHeader
    let error: String?
    let notes: [String]
    let hasNotes: Bool
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

    /// How many failed atoms are shown with their output, and how many flaky ones by name.
    package static let failureLimit = 20
    /// How many lines of the output of each failed atom are shown.
    package static let tailLines = 12

    /// A name and its value.
    struct Fact: Sendable {
        let name: String
        let value: String
    }

    /// When a state was entered.
    struct Moment: Sendable {
        let label: String
        let time: TimeText
    }

    /// A failed atom with the end of its output.
    package struct Failure: Sendable {
        let line: AtomLine
        let tail: String?
        let isCut: Bool

        /// The atom, with its last lines; nil is no output at all.
        package init(_ atom: AtomRecord, tail: String?, isCut: Bool) {
            line = AtomLine(FoundAtom(record: atom, isHeld: false))
            self.tail = tail.flatMap { $0.isEmpty ? nil : TerminalText.plain($0) }
            self.isCut = isCut
        }
    }

    /// A build; `requestParameters` are those that everybody may read.
    package init(
        _ build: BuildRecord,
        live: BuildLive?,
        failures: [Failure],
        flaky: [AtomRecord],
        requestParameters: [String: JSONValue],
        now: Double
    ) {
        title = "Build \(build.id): \(Badge(build).label)"
        feed = build.state.isFinal ? nil : .build(build.id)
        header = BuildHeader(build, live: live, part: .overview, now: now)
        error = build.errorMessage.map(TerminalText.plain)
        notes = build.notes.map(TerminalText.plain)
        hasNotes = !notes.isEmpty
        self.failures = failures
        hasFailures = !failures.isEmpty
        let atoms = DashboardPath.build(build.id, .atoms)
        let unseen = build.progress.failedAtoms - failures.count
        moreFailures = unseen > 0 ? grouped(unseen) : nil
        failuresPath = QueryString().with("state", AtomStatus.failed.rawValue).after(atoms)
        self.flaky = flaky.map { AtomLine(FoundAtom(record: $0, isHeld: false)) }
        hasFlaky = !flaky.isEmpty
        let unseenFlaky = build.progress.flakyAtoms - flaky.count
        moreFlaky = unseenFlaky > 0 ? grouped(unseenFlaky) : nil
        flakyPath = QueryString().with("state", AtomStatus.flaky.rawValue).after(atoms)
        parameters = requestParameters.sorted { $0.key < $1.key }.filter { $0.value != .null }.map { name, value in
            Fact(name: name, value: value.string ?? Self.text(of: value))
        }
        moments = BuildState.allCases.compactMap { state in
            build.timestamps[state].map { Moment(label: Self.label(of: state), time: TimeText($0)) }
        }
        job = Self.facts(of: build.job)
        hasJob = build.job != nil
    }

    private static func text(of value: JSONValue) -> String {
        var writer = JSONWriter()
        // A number that JSON cannot express is in no request.
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
            ("Executors at most", job.maxExecutors.map(String.init)),
            ("Per slave at most", job.maxExecutorsPerSlave.map(String.init)),
            ("Timeout of an atom", job.timeout.map(TimeText.duration)),
            ("Retries of an atom", job.retries == 0 ? nil : String(job.retries)),
            ("Fail fast", job.failFast ? "yes" : nil),
        ]
        return facts.compactMap { name, value in value.map { Fact(name: name, value: $0) } }
    }
}
