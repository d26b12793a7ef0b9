import ClusterRunnerDomain
import ClusterRunnerJobFile

/// The lasting changes of a job: its duration, and its newly failing, newly flaky and slower atoms.
struct JobChanges: Sendable {
    let duration: String?
    let atoms: [Line]
    let isEmpty: Bool
    /// The reason why nothing can be told yet.
    let tooFew: String?
    let rule = Rule.text

    /// An atom that changed.
    struct Line: Sendable {
        let badge: Badge
        let name: String
        let path: String
        let text: String
        let since: BuildID?
        let sincePath: String?

        init(_ change: AtomChange) {
            name = change.atom.title
            path = DashboardPath.atom(build: change.build, subjob: change.subjob, atom: change.id)
            switch change.kind {
            case .failing(let first, let builds):
                badge = Badge("Newly failing", .failed)
                text = "failed in \(grouped(builds)) builds in a row"
                since = first
            case .flaky(let first, let builds):
                badge = Badge("Newly flaky", .flaky)
                text =
                    "passed only on a later run in \(grouped(builds)) of the last \(AtomChange.Rule.flakyBuilds) builds"
                since = first
            case .slower(let before, let now):
                badge = Badge("Slower", .waiting)
                text = "takes \(TimeText.duration(now)), \(TimeText.duration(now - before)) more than before"
                since = nil
            }
            sincePath = since.map { DashboardPath.build($0) }
        }
    }

    /// The thresholds for the duration of a job.
    enum Rule {
        /// Newest builds, all of which must differ.
        static let builds = 3
        /// Fewest and most builds before them that they are compared with.
        static let earlier = 5...20
        /// Least difference, as a factor.
        static let factor = 1.2
        /// Least difference, in seconds.
        static let seconds = 5.0

        /// The rule for readers.
        static let text = """
            Compared are builds that ran to their end with at least half of the usual number of atoms. The duration \
            changed if each of the last \(builds) is at least \(percent(factor)) % and \(whole(seconds)) s off the median \
            of the \(earlier.lowerBound) to \(earlier.upperBound) before. An atom is newly failing if it failed in at \
            least \(AtomChange.Rule.failures) builds up to the newest and passed in all before, at least \
            \(AtomChange.Rule.passes). It is newly flaky if it passed only on a later run in at least \
            \(AtomChange.Rule.flakes) of the last \(AtomChange.Rule.flakyBuilds), and never failed in at least \
            \(AtomChange.Rule.earlierBuilds) before. It is slower if each of its last \(AtomChange.Rule.slowBuilds) times \
            is at least \(percent(AtomChange.Rule.factor)) %, \(whole(AtomChange.Rule.seconds)) s and twice the usual \
            deviation above the mean of at least \(AtomChange.Rule.earlierBuilds) before.
            """

        private static func percent(_ factor: Double) -> Int { Int(((factor - 1) * 100).rounded()) }
        private static func whole(_ number: Double) -> Int { Int(number) }
    }

    init(_ history: JobHistory) {
        let comparable = JobHistory.comparable(history.builds)
        let needed = Rule.builds + Rule.earlier.lowerBound
        let durations = comparable.compactMap(\.duration)
        duration = Self.change(of: durations)
        atoms = history.changes.map { Line($0) }
        isEmpty = duration == nil && atoms.isEmpty
        let isTooFew = isEmpty && comparable.count < needed
        let count = comparable.count == 1 ? "there is 1" : "there are \(comparable.count)"
        tooFew = isTooFew ? "\(needed) complete builds are needed to tell; \(count)." : nil
    }

    /// Describes how the newest durations differ from those before; nil when they do not, or too few are known.
    ///
    /// Durations come newest first. Each of the newest must differ from the median of the earlier ones in the same
    /// direction, so that one slow build is no news.
    static func change(of durations: [Double]) -> String? {
        let newest = durations.prefix(Rule.builds).sorted()
        let earlier = durations.dropFirst(Rule.builds).prefix(Rule.earlier.upperBound).sorted()
        guard earlier.count >= Rule.earlier.lowerBound, let least = newest.first, let most = newest.last else {
            return nil
        }
        let (median, now) = (earlier[earlier.count / 2], newest[newest.count / 2])
        let isSlower = least >= median * Rule.factor && least >= median + Rule.seconds
        let isFaster = most <= median / Rule.factor && most <= median - Rule.seconds
        guard isSlower || isFaster else { return nil }
        let difference = TimeText.duration(abs(now - median))
        let part = median > 0 ? " (\(Int((abs(now - median) / median * 100).rounded())) %)" : ""
        return "Builds got \(isSlower ? "slower" : "faster") by \(difference)\(part): the last \(Rule.builds) took "
            + "\(TimeText.duration(now)), the \(earlier.count) before \(TimeText.duration(median)), as medians."
    }
}
