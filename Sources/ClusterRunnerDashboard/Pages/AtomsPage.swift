package import ClusterRunnerDomain

/// The filter and order of a list of atoms, from the query string.
package struct AtomsFilter: Sendable, Equatable {
    let query: QueryString
    let page: PageChoice
    let status: AtomStatus?
    let order: AtomOrder
    let descending: Bool

    /// Reads a query string; `sort` is the name of an order, with a minus sign for descending.
    ///
    /// Without it failed atoms come first.
    package init(_ query: QueryString) {
        self.query = query
        page = PageChoice(query, size: 100)
        status = query["state"].flatMap(AtomStatus.init)
        let sort = query["sort"] ?? ""
        descending = sort.hasPrefix("-")
        order = AtomOrder(rawValue: descending ? String(sort.dropFirst()) : sort) ?? .status
    }

    /// Makes the query for the store.
    package func search(build: BuildID) -> AtomSearch {
        AtomSearch(
            build: build,
            status: status,
            text: query["text"],
            order: order,
            descending: descending,
            page: page.part
        )
    }
}

/// The atoms of a build as a table.
package struct AtomsPage: Page {
    package static let template = Template.atoms
    package let title: String
    package let section: Section? = .builds
    package let feed: LiveFeed?
    let header: BuildHeader
    let path: String
    let columns: [Column]
    let rows: [AtomLine]
    let pager: Pager
    let states: [Option]
    let text: String?
    let sort: String?
    let isNarrow: Bool
    let isEmpty: Bool

    /// The head of a column, with a link that sorts by it.
    struct Column: Sendable {
        let label: String
        let path: String?
        let isNumber: Bool
        /// The value of `aria-sort`.
        let direction: String?
        let arrow: String?
    }

    /// Creates the page from the result of a search.
    package init(
        _ build: BuildRecord,
        live: BuildLive?,
        found: FoundAtoms,
        filter: AtomsFilter,
        slaves: SlaveNames = SlaveNames(),
        now: Double
    ) {
        title = "Atoms of build \(build.id)"
        feed = build.state.isFinal ? nil : .build(build.id)
        header = BuildHeader(build, live: live, part: .atoms, now: now)
        path = DashboardPath.build(build.id, .atoms)
        rows = found.atoms.map { AtomLine($0, slaves, now: now) }
        pager = Pager(filter.page, total: found.total, shown: rows.count, path: path, query: filter.query)
        states = AtomStatus.allCases.map { status in
            let label = status.rawValue.prefix(1).uppercased() + status.rawValue.dropFirst()
            return Option(value: status.rawValue, label: label, isChosen: status == filter.status)
        }
        text = filter.query["text"]
        sort = filter.query["sort"]
        isNarrow = filter.query["text"] != nil || filter.status != nil
        isEmpty = rows.isEmpty
        columns = Self.columns(filter, path)
    }

    private static func columns(_ filter: AtomsFilter, _ path: String) -> [Column] {
        let heads: [(String, AtomOrder?, Bool)] = [
            ("Subjob / atom", .position, false), ("State", .status, false), ("Atom", .name, false),
            ("Time", .actual, true), ("Expected", .expected, true), ("Exit code", nil, true),
            ("Runs", .attempts, true), ("Slave / executor", nil, false), ("Began", nil, false),
        ]
        return heads.map { label, order, isNumber in
            let isCurrent = order == filter.order
            // Numbers are sorted descending first; a second click reverses the order.
            let startsDescending = isNumber
            let descends = isCurrent ? !filter.descending : startsDescending
            let sort = order.map { (descends ? "-" : "") + $0.rawValue }
            return Column(
                label: label,
                path: sort.map { filter.query.with("sort", $0).with("page", nil).after(path) },
                isNumber: isNumber,
                direction: isCurrent ? (filter.descending ? "descending" : "ascending") : nil,
                arrow: isCurrent ? (filter.descending ? "↓" : "↑") : nil
            )
        }
    }
}
