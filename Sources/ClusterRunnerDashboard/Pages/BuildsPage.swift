package import ClusterRunnerDomain

/// The filter of the list of builds, from the query string.
package struct BuildsFilter: Sendable, Equatable {
    let query: QueryString
    let page: PageChoice
    let status: BuildStatus?

    /// Reads a query string; unknown states are ignored.
    package init(_ query: QueryString) {
        self.query = query
        page = PageChoice(query, size: 50)
        status = query["state"].flatMap(BuildStatus.init)
    }

    /// The query for the store.
    package var search: BuildSearch {
        BuildSearch(
            states: status?.states,
            result: status?.result,
            job: query["job"],
            project: query["project"],
            text: query["text"],
            page: page.part
        )
    }

    /// Whether it excludes any build.
    var isNarrow: Bool { ["state", "job", "project", "text"].contains { query[$0] != nil } }
}

/// The state of a build, in the words of its page and of the filter.
enum BuildStatus: String, CaseIterable, Sendable {
    case active, queued, preparing, building, passed, failed, error, canceled

    var label: String {
        switch self {
        case .active: "Not finished"
        case .queued: "Queued"
        case .preparing: "Preparing"
        case .building: "Building"
        case .passed: "Passed"
        case .failed: "Failed"
        case .error: "Error"
        case .canceled: "Canceled"
        }
    }

    var states: Set<BuildState> {
        switch self {
        case .active: [.queued, .preparing, .prepared, .building]
        case .queued: [.queued]
        case .preparing: [.preparing, .prepared]
        case .building: [.building]
        case .passed, .failed: [.finished]
        case .error: [.error]
        case .canceled: [.canceled]
        }
    }

    var result: BuildResult? {
        switch self {
        case .passed: .noFailures
        case .failed: .failure
        default: nil
        }
    }
}

/// The builds, newest first.
package struct BuildsPage: Page {
    package static let template = Template.builds
    package let title = "Builds"
    package let section: Section? = .builds
    package let feed: LiveFeed? = .everything
    let rows: [BuildRow]
    let pager: Pager
    let states: [Option]
    let text: String?
    let job: String?
    let project: String?
    let isNarrow: Bool
    let isEmpty: Bool

    /// Creates the page from the result of a search.
    package init(_ found: FoundBuilds, live: [BuildID: BuildLive], filter: BuildsFilter, now: Double) {
        rows = found.builds.map { BuildRow($0, live: live[$0.id], now: now) }
        pager = Pager(
            filter.page,
            total: found.total,
            shown: found.builds.count,
            path: DashboardPath.builds,
            query: filter.query
        )
        states = BuildStatus.allCases.map { status in
            Option(value: status.rawValue, label: status.label, isChosen: status == filter.status)
        }
        text = filter.query["text"]
        job = filter.query["job"]
        project = filter.query["project"]
        isNarrow = filter.isNarrow
        isEmpty = found.builds.isEmpty
    }
}

/// One build of a list.
struct BuildRow: Sendable {
    let id: BuildID
    let path: String
    let badge: Badge
    let job: String
    let jobPath: String?
    let project: String
    let projectPath: String?
    let source: BuildSource
    let progress: ProgressFigures
    let queuedAt: TimeText?
    let age: String?
    let note: String?

    init(_ build: BuildRecord, live: BuildLive?, now: Double) {
        id = build.id
        path = DashboardPath.build(build.id)
        badge = Badge(build)
        job = build.jobName ?? "not known yet"
        jobPath = build.jobName.map { QueryString().with("job", $0).after(DashboardPath.builds) }
        project = build.projectText
        projectPath = build.projectID.map { QueryString().with("project", $0).after(DashboardPath.builds) }
        source = BuildSource(build)
        progress = ProgressFigures(build, live)
        queuedAt = build.queuedAt.map { TimeText($0, now: now) }
        age = build.age(at: now)
        note =
            build.state == .error ? build.errorMessage.map(Self.firstLine) : live?.waitingFor.map { "Waits for \($0)" }
    }

    private static func firstLine(_ text: String) -> String {
        String(text.prefix(200).prefix { !$0.isNewline })
    }
}
