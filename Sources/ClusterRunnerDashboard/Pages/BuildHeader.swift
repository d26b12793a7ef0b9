package import ClusterRunnerDomain

/// The head of every page of a build: its name, its state, links to its pages, and its actions.
package struct BuildHeader: Sendable {
    let id: BuildID
    let job: String
    let project: String
    let historyPath: String?
    let source: BuildSource
    let badge: Badge
    // Not the name of a property of any page: the template would take that one in place of nil.
    let flakyAtomsPath: String?
    let progress: ProgressFigures
    let isUnfinished: Bool
    let hasFailures: Bool
    let estimate: String?
    let waitingFor: String?
    let age: String?
    let queuedAt: TimeText?
    let tabs: [Tab]
    let cancel: SignedAction?
    let retry: SignedAction?
    let retryFailed: SignedAction?
    /// The number of failed test cases; nil without any.
    // Not the name of a property of any page, see above.
    let failedTests: String?

    /// A link to one of its pages.
    struct Tab: Sendable {
        let label: String
        let path: String
        let isCurrent: Bool
        let count: String?
    }

    private static func count(of tab: BuildPart, _ build: BuildRecord, _ cases: CaseCounts?) -> String? {
        switch tab {
        case .atoms: build.progress.atoms.map(grouped)
        case .tests: cases.flatMap { $0.total == 0 ? nil : grouped($0.total) }
        case .overview, .timeline, .setup, .artifacts: nil
        }
    }

    /// Creates the head of a page; `part` is the page.
    ///
    /// `cases` are the numbers of its test cases where they are known.
    package init(
        _ build: BuildRecord,
        live: BuildLive?,
        part: BuildPart?,
        cases: CaseCounts? = nil,
        now: Double
    ) {
        id = build.id
        job = build.jobName ?? "Build \(build.id)"
        project = build.projectText
        historyPath = build.projectID.flatMap { project in
            build.jobName.map { DashboardPath.job(project: project, name: $0) }
        }
        source = BuildSource(build)
        badge = Badge(build)
        flakyAtomsPath = build.progress.flakyAtoms == 0 ? nil : DashboardPath.atoms(build.id, .flaky)
        progress = ProgressFigures(build, live)
        isUnfinished = !build.state.isFinal
        hasFailures = build.progress.failedAtoms > 0
        estimate = live?.outlook?.secondsLeft.map(TimeText.estimate)
        // The overview shows what runs in a table of its own.
        let isShown = part == .overview && live?.running.isEmpty == false
        waitingFor = isShown ? live?.hindrance : live?.waitingFor
        age = build.age(at: now)
        queuedAt = build.queuedAt.map { TimeText($0, now: now) }
        tabs = BuildPart.allCases.map { tab in
            Tab(
                label: tab.label,
                path: DashboardPath.build(build.id, tab),
                isCurrent: tab == part,
                count: Self.count(of: tab, build, cases)
            )
        }
        failedTests = cases.flatMap { $0.failed == 0 ? nil : "\(grouped($0.failed)) of \(grouped($0.total))" }
        let again = "/v1/build/\(build.id)/retry"
        cancel = build.state.isFinal ? nil : .cancel(build.id)
        retry = build.state.isFinal ? .retry(build.id, again) : nil
        retryFailed = build.state.isFinal && build.progress.failedAtoms > 0 ? .retryFailed(build.id, again) : nil
    }
}

/// A change that a button requests; a script signs it with the secret.
struct SignedAction: Sendable {
    let label: String
    let method: String
    let path: String
    let body: String
    let question: String

    static func cancel(_ build: BuildID) -> Self {
        Self(
            label: "Cancel",
            method: "PUT",
            path: "/v1/build/\(build)",
            body: #"{"status": "canceled"}"#,
            question: "Cancel build \(build)? Its commands are killed."
        )
    }

    static func retry(_ build: BuildID, _ path: String) -> Self {
        Self(
            label: "Run again",
            method: "POST",
            path: path,
            body: "{}",
            question: "Run all atoms of build \(build) again, as a new build?"
        )
    }

    static func retryFailed(_ build: BuildID, _ path: String) -> Self {
        Self(
            label: "Run failed again",
            method: "POST",
            path: path,
            body: #"{"failed": true}"#,
            question: "Run the failed atoms of build \(build) again, as a new build?"
        )
    }
}
