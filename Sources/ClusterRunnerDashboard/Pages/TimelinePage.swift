package import ClusterRunnerDomain

/// The work of executors for a build: a chart that a script draws, and tables with the same numbers.
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

    /// The maximum number of longest atoms listed.
    package static let longestLimit = 20

    /// The work of an executor, in numbers.
    struct Row: Sendable {
        let slaveID: SlaveID
        let slave: String
        let slavePath: String
        let index: Int
        let atoms: String
        let failed: String?
        let setup: String?
        let busy: String
        let share: String
        /// Its current work; nil when it is idle.
        let current: String?

        init(_ executor: BuildTimeline.Executor, _ names: SlaveNames, start: Double, end: Double) {
            slaveID = executor.slave
            slave = names.title(executor.slave, url: executor.url)
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

    /// Creates the page of a build.
    package init(
        _ build: BuildRecord,
        live: BuildLive?,
        timeline: BuildTimeline,
        longest: [FoundAtom],
        slaves: SlaveNames = SlaveNames(),
        now: Double
    ) {
        title = "Timeline of build \(build.id)"
        feed = build.state.isFinal ? nil : .build(build.id)
        header = BuildHeader(build, live: live, part: .timeline, now: now)
        buildPath = DashboardPath.build(build.id)
        dataPath = "/v1/build/\(build.id)/timeline"
        let end = timeline.end ?? now
        rows = timeline.executors.map { Row($0, slaves, start: timeline.start, end: end) }
        isEmpty = rows.isEmpty
        length = TimeText.duration(end - timeline.start)
        let ended = longest.filter { $0.record.result != nil }
        let ordered = ended.filter { $0.status == .failed } + ended.filter { $0.status != .failed }
        self.longest = ordered.map { AtomLine($0, slaves, now: now) }
        hasLongest = !self.longest.isEmpty
    }
}
