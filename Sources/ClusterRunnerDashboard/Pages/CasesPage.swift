package import ClusterRunnerDomain

/// The filter and order of a list of test cases, from the query string.
package struct CasesFilter: Sendable, Equatable {
    let query: QueryString
    let page: PageChoice
    let outcome: CaseOutcome?
    let order: CaseOrder

    /// Reads a query string; without an order those come first that need attention.
    package init(_ query: QueryString) {
        self.query = query
        page = PageChoice(query, size: 100)
        outcome = query["outcome"].flatMap(CaseOutcome.init)
        order = query["sort"].flatMap(CaseOrder.init) ?? .outcome
    }

    /// Makes the query for the store.
    package func search(build: BuildID) -> CaseSearch {
        CaseSearch(
            build: build,
            outcomes: outcome.map { [$0] },
            text: query["text"],
            order: order,
            page: page.part
        )
    }
}

/// The test cases of a build as a table.
package struct CasesPage: Page {
    package static let template = Template.cases
    package let title: String
    package let section: Section? = .builds
    package let feed: LiveFeed?
    let header: BuildHeader
    let path: String
    let rows: [CaseLine]
    let pager: Pager
    let outcomes: [Option]
    let orders: [Option]
    let text: String?
    let isNarrow: Bool
    let isEmpty: Bool

    /// Creates the page from the result of a search.
    package init(
        _ build: BuildRecord,
        live: BuildLive?,
        counts: CaseCounts,
        found: FoundCases,
        filter: CasesFilter,
        now: Double
    ) {
        title = "Tests of build \(build.id)"
        feed = build.state.isFinal ? nil : .build(build.id)
        header = BuildHeader(build, live: live, part: .tests, cases: counts, now: now)
        path = DashboardPath.build(build.id, .tests)
        rows = found.cases.map { CaseLine($0) }
        pager = Pager(filter.page, total: found.total, shown: rows.count, path: path, query: filter.query)
        outcomes = [CaseOutcome.failed, .error, .flaky, .passed, .skipped].map { outcome in
            Option(value: outcome.rawValue, label: Badge(outcome).label, isChosen: outcome == filter.outcome)
        }
        let labels: [(CaseOrder, String)] = [
            (.outcome, "Failed first"), (.time, "Longest first"), (.position, "As reported"),
        ]
        orders = labels.map { Option(value: $0.rawValue, label: $1, isChosen: $0 == filter.order) }
        text = filter.query["text"]
        isNarrow = filter.query["text"] != nil || filter.outcome != nil
        isEmpty = rows.isEmpty
    }
}
