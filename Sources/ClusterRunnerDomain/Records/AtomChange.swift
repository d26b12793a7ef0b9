package import ClusterRunnerJobFile

/// A lasting change of an atom over the comparable builds of its job.
package struct AtomChange: Sendable, Equatable {
    /// The atom.
    package let atom: Atom
    /// The change.
    package let kind: Kind
    /// The newest of the builds, in which it has a result.
    package let build: BuildID
    /// Its subjob there.
    package let subjob: SubjobID
    /// Its number in that subjob.
    package let id: AtomIndex

    /// A kind of change.
    package enum Kind: Sendable, Equatable {
        /// It failed in each build from `since` on, in so many, and passed in all before.
        case failing(since: BuildID, builds: Int)
        /// It passed only on a later run in so many of the newest builds, first in `since`, and neither was flaky nor
        /// failed before.
        case flaky(since: BuildID, builds: Int)
        /// Its mean time in seconds grew.
        case slower(before: Double, now: Double)

        /// The place of the kind in lists, from 0: failing, flaky, slower.
        package var rank: Int {
            switch self {
            case .failing: 0
            case .flaky: 1
            case .slower: 2
            }
        }
    }

    /// Creates a change.
    package init(atom: Atom, kind: Kind, build: BuildID, subjob: SubjobID, id: AtomIndex) {
        self.atom = atom
        self.kind = kind
        self.build = build
        self.subjob = subjob
        self.id = id
    }
}

extension AtomChange {
    /// The thresholds of changes, which keep single runs from being news.
    package enum Rule {
        /// Fewest builds in a row with a failure.
        package static let failures = 2
        /// Fewest builds before these in which the atom passed.
        package static let passes = 3
        /// Newest builds in which flakes are counted.
        package static let flakyBuilds = 5
        /// Fewest of them with a flake.
        package static let flakes = 2
        /// Newest builds in each of which the atom must be slower.
        package static let slowBuilds = 3
        /// Fewest builds before the newest ones with which these are compared.
        package static let earlierBuilds = 5
        /// Maximum number of builds examined.
        package static let builds = 25
        /// Least growth of the time, as a factor.
        package static let factor = 1.25
        /// Least growth of the time, in seconds.
        package static let seconds = 1.0
        /// Least growth of the time, in standard deviations of the times before.
        package static let deviations = 2.0
    }
}
