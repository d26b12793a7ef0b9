/// The activity of all executors in a build, one row for each.
package struct BuildTimeline: Sendable, Equatable {
    /// The start of the first span, in seconds since 1970.
    package let start: Double
    /// The end of the build; nil while it runs.
    package let end: Double?
    /// The executors, by slave and index, including idle ones.
    package let executors: [Executor]

    /// An executor and its spans, oldest first.
    package struct Executor: Sendable, Equatable {
        /// The slave.
        package let slave: SlaveID
        /// That slave's `host:port`; nil when no longer known.
        package let url: String?
        /// The index of the executor on its slave, from 0.
        package let index: Int
        /// Its spans of activity.
        package let spans: [TimelineSpan]
    }

    /// Creates a timeline from stored records.
    ///
    /// - Parameters:
    ///   - build: the build.
    ///   - atoms: the spans of its atoms, by slave, executor and time.
    ///   - commands: its set-ups and teardowns, which occupy all executors of a slave.
    ///   - slaves: the slaves that the master knows, for their executors and addresses.
    package init(_ build: BuildRecord, atoms: [TimelineSpan], commands: [CommandRecord], slaves: [SlaveStatus]) {
        let known = Dictionary(slaves.map { ($0.id, $0) }) { $1 }
        let runs = commands.filter { $0.run.kind != .atomizer }
        let urls = Dictionary(runs.compactMap { run in run.slaveID.map { ($0, run.slaveURL) } }) { $1 }
        let workers = known.values.filter { $0.build == build.id }.map(\.id)
        let atomsOf = Dictionary(grouping: atoms, by: \.slave)
        executors = Set(atomsOf.keys).union(urls.keys).union(workers).sorted().flatMap { slave -> [Executor] in
            let own = Dictionary(grouping: atomsOf[slave] ?? [], by: \.executor)
            let shared = runs.filter { $0.slaveID == slave }
            let count = max(known[slave]?.executors ?? 1, (own.keys.max() ?? 0) + 1)
            return (0..<count).map { index in
                let spans = shared.map { TimelineSpan($0, executor: index) } + (own[index] ?? [])
                let url = known[slave]?.url ?? urls[slave] ?? nil
                return Executor(slave: slave, url: url, index: index, spans: spans.sorted { $0.start < $1.start })
            }
        }
        let first = executors.compactMap { $0.spans.first?.start }.min()
        start = first ?? build.timestamps[.building] ?? build.timestamps[.queued] ?? 0
        end = build.timestamps[.finished] ?? build.timestamps[.error] ?? build.timestamps[.canceled]
    }
}

/// A period during which an executor was busy.
package struct TimelineSpan: Sendable, Equatable {
    /// The slave.
    package let slave: SlaveID
    /// The executor of the slave, from 0.
    package let executor: Int
    /// The start, in seconds since 1970 by the master's clock.
    package let start: Double
    /// The end; nil while it runs.
    package internal(set) var end: Double?
    /// The activity.
    package internal(set) var content: Content

    /// The activity of a span.
    package enum Content: Sendable, Equatable {
        /// The set-up of the build on the slave.
        case setup(succeeded: Bool)
        /// The teardown of the build on the slave.
        case teardown(succeeded: Bool)
        /// One atom.
        case atom(subjob: SubjobID, id: AtomIndex, name: String, status: AtomStatus)
        /// Short atoms that ran one after the other, merged.
        case atoms(count: Int, failed: Int)
    }

    /// Creates a span.
    package init(slave: SlaveID, executor: Int, start: Double, end: Double?, content: Content) {
        self.slave = slave
        self.executor = executor
        self.start = start
        self.end = end
        self.content = content
    }

    fileprivate init(_ command: CommandRecord, executor: Int) {
        let succeeded = command.run.exitCode == 0
        self.init(
            slave: command.slaveID ?? 0,
            executor: executor,
            start: command.startedAt,
            end: command.startedAt + command.run.seconds,
            content: command.run.kind == .setup ? .setup(succeeded: succeeded) : .teardown(succeeded: succeeded)
        )
    }
}

/// Merges short atoms of an executor, so that a timeline of 100,000 atoms stays readable.
///
/// Atoms longer than `threshold`, and running ones, keep a span of their own. A shorter atom joins the short atoms
/// before it on the same executor, if the gap between them is at most `resolution`, so that longer pauses stay visible.
package struct TimelineMerger: Sendable {
    private let threshold: Double
    private let resolution: Double
    /// The spans made so far.
    package private(set) var spans: [TimelineSpan] = []

    /// Creates a merger; times are in seconds.
    package init(threshold: Double, resolution: Double) {
        self.threshold = threshold
        self.resolution = resolution
    }

    /// Adds an atom; atoms must come by slave, executor and time.
    package mutating func add(_ span: TimelineSpan) {
        guard case .atom(_, _, _, let status) = span.content, let end = span.end, end - span.start <= threshold else {
            return spans.append(span)
        }
        let failed = status == .failed ? 1 : 0
        if let last = spans.last, last.slave == span.slave, last.executor == span.executor,
            case .atoms(let count, let failures) = last.content, let lastEnd = last.end,
            span.start - lastEnd <= resolution
        {
            spans[spans.count - 1].end = max(lastEnd, end)
            spans[spans.count - 1].content = .atoms(count: count + 1, failed: failures + failed)
        } else {
            var span = span
            span.content = .atoms(count: 1, failed: failed)
            spans.append(span)
        }
    }
}
