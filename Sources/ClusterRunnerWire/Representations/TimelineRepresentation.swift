package import ClusterRunnerDomain
import ClusterRunnerJobFile

/// The timeline of a build, as answers show it; all times are seconds since 1970.
package struct TimelineRepresentation: Codable, Sendable, Equatable {
    /// The beginning.
    package let start: Double
    /// The end; nil while the build runs.
    package let end: Double?
    /// The time at the master.
    package let now: Double
    /// The executors that worked for the build.
    package let executors: [Executor]

    /// The work of one executor.
    package struct Executor: Codable, Sendable, Equatable {
        /// The slave.
        package let slaveID: SlaveID
        /// The slave's address.
        package let slaveURL: String?
        /// The executor's number on the slave.
        package let executor: Int
        /// The spans of its work, in their order.
        package let spans: [Span]

        private enum CodingKeys: String, CodingKey {
            case executor
            case slaveID = "slave_id"
            case slaveURL = "slave_url"
            case spans
        }

        fileprivate init(_ executor: BuildTimeline.Executor) {
            slaveID = executor.slave
            slaveURL = executor.url
            self.executor = executor.index
            spans = executor.spans.map { Span($0) }
        }
    }

    /// A piece of work of an executor; which members it has depends on its kind.
    package struct Span: Codable, Sendable, Equatable {
        /// The kind of work.
        package enum Kind: String, Codable, Sendable {
            case setup, teardown, atom, atoms
        }

        /// The beginning.
        package let start: Double
        /// The end; nil while it runs.
        package let end: Double?
        /// The kind of work.
        package let kind: Kind
        /// The outcome: an ``AtomStatus``, or `passed` or `failed`.
        @Omissible package var state: String?
        /// The subjob of an atom.
        @Omissible package var subjob: SubjobID?
        /// The number of an atom in its subjob.
        @Omissible package var atom: AtomIndex?
        /// The name of an atom.
        @Omissible package var name: String?
        /// The number of atoms that are shown as one span.
        @Omissible package var count: Int?
        /// The number of those that failed.
        @Omissible package var failed: Int?

        fileprivate init(_ span: TimelineSpan) {
            start = span.start
            end = span.end
            switch span.content {
            case .setup(let succeeded):
                kind = .setup
                _state = Omissible(wrappedValue: succeeded ? "passed" : "failed")
            case .teardown(let succeeded):
                kind = .teardown
                _state = Omissible(wrappedValue: succeeded ? "passed" : "failed")
            case .atom(let subjob, let id, let name, let status):
                kind = .atom
                _state = Omissible(wrappedValue: status.rawValue)
                _subjob = Omissible(wrappedValue: subjob)
                _atom = Omissible(wrappedValue: id)
                _name = Omissible(wrappedValue: name)
            case .atoms(let count, let failed):
                kind = .atoms
                _count = Omissible(wrappedValue: count)
                _failed = Omissible(wrappedValue: failed)
            }
        }
    }

    /// Shows a timeline; `now` is the time at the master.
    package init(_ timeline: BuildTimeline, now: Double) {
        start = timeline.start
        end = timeline.end
        self.now = now
        executors = timeline.executors.map { Executor($0) }
    }
}
