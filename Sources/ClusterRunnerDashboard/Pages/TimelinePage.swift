package import ClusterRunnerDomain

/// What executors did for a build: a chart that a script draws, and tables that say the same in numbers.
package struct TimelinePage: Page {
    package static let template = Template.timeline
    package let title: String
    package let section: Section? = .builds
    package let feed: LiveFeed?
    let header: BuildHeader
    let buildPath: String
    let dataPath: String
    let rows: [Row]
    let isEmpty: Bool
    let length: String
    let longest: [AtomLine]
    let hasLongest: Bool

    /// How many of the longest atoms are listed.
    package static let longestLimit = 20

    /// What an executor did, in numbers.
    struct Row: Sendable {
        let slave: String
        let slavePath: String
        let index: Int
        let atoms: String
        let failed: String?
        let setup: String?
        let busy: String
        let share: String
        /// What it does now; nil is nothing.
        let current: String?

        init(_ executor: BuildTimeline.Executor, start: Double, end: Double) {
            slave = executor.url ?? "Slave \(executor.slave)"
            slavePath = DashboardPath.slave(executor.slave)
            index = executor.index
            var (atoms, failed, busy, setup) = (0, 0, 0.0, 0.0)
            var current: String?
            for span in executor.spans {
                let seconds = max(0, (span.end ?? end) - span.start)
                switch span.content {
                case .setup, .teardown:
                    setup += seconds
                case .atom(_, _, let name, let status):
                    atoms += 1
                    failed += status == .failed ? 1 : 0
                    busy += seconds
                    if span.end == nil { current = name }
                case .atoms(let count, let failures):
                    atoms += count
                    failed += failures
                    busy += seconds
                }
            }
            self.atoms = grouped(atoms)
            self.failed = failed == 0 ? nil : grouped(failed)
            self.setup = setup == 0 ? nil : TimeText.duration(setup)
            self.busy = TimeText.duration(busy)
            share = "\(end > start ? Int((100 * busy / (end - start)).rounded()) : 0) %"
            self.current = current
        }
    }

    /// The timeline of a build.
    package init(_ build: BuildRecord, live: BuildLive?, timeline: BuildTimeline, longest: [FoundAtom], now: Double) {
        title = "Timeline of build \(build.id)"
        feed = build.state.isFinal ? nil : .build(build.id)
        header = BuildHeader(build, live: live, part: .timeline, now: now)
        buildPath = DashboardPath.build(build.id)
        dataPath = "/v1/build/\(build.id)/timeline"
        let end = timeline.end ?? now
        rows = timeline.executors.map { Row($0, start: timeline.start, end: end) }
        isEmpty = rows.isEmpty
        length = TimeText.duration(end - timeline.start)
        self.longest = longest.filter { $0.record.result != nil }.map(AtomLine.init)
        hasLongest = !self.longest.isEmpty
    }
}
