/// A user's search for builds; nil properties match all.
///
/// Texts match without regard to the case of ASCII letters.
package struct BuildSearch: Sendable, Equatable {
    /// Only builds in one of these states.
    package var states: Set<BuildState>?
    /// Only builds with this result.
    package var result: BuildResult?
    /// Only builds with this in the name of their job.
    package var job: String?
    /// Only builds with this in the id of their project.
    package var project: String?
    /// Only builds with this in their number, job, project or error.
    package var text: String?
    /// The part of the list, the largest id first.
    package var page: StorePage

    /// Creates a search.
    package init(
        states: Set<BuildState>? = nil,
        result: BuildResult? = nil,
        job: String? = nil,
        project: String? = nil,
        text: String? = nil,
        page: StorePage = .all
    ) {
        self.states = states
        self.result = result
        self.job = job
        self.project = project
        self.text = text
        self.page = page
    }
}

/// A user's search for atoms of a build; nil properties match all.
package struct AtomSearch: Sendable, Equatable {
    /// The build.
    package var build: BuildID
    /// Only atoms with this status.
    package var status: AtomStatus?
    /// Only atoms with this in their variable or value, without regard to the case of ASCII letters.
    package var text: String?
    /// The order; equal and unknown values are ordered by subjob and id.
    package var order: AtomOrder
    /// Whether the largest comes first; unknown values come last in both directions.
    package var descending: Bool
    /// The part of the list.
    package var page: StorePage

    /// Creates a search.
    package init(
        build: BuildID,
        status: AtomStatus? = nil,
        text: String? = nil,
        order: AtomOrder = .position,
        descending: Bool = false,
        page: StorePage = .all
    ) {
        self.build = build
        self.status = status
        self.text = text
        self.order = order
        self.descending = descending
        self.page = page
    }
}

/// The orders of a list of atoms.
package enum AtomOrder: String, Sendable, CaseIterable {
    /// Subjob and id.
    case position
    /// Status: failed, flaky, running, waiting, passed, canceled.
    case status
    /// Variable and value.
    case name
    /// Expected run time.
    case expected
    /// Actual run time.
    case actual
    /// Number of runs.
    case attempts
}

/// The status of an atom for display.
package enum AtomStatus: String, Sendable, CaseIterable {
    case failed, flaky, running, waiting, passed, canceled

    /// Returns the status of an atom; `isHeld` says that a slave has its subjob.
    package init(_ atom: AtomRecord, isHeld: Bool) {
        if let result = atom.result {
            self = result.isFailure ? .failed : atom.attempts > 1 ? .flaky : .passed
        } else if atom.state == .canceled {
            self = .canceled
        } else {
            self = isHeld || atom.state == .inProgress ? .running : .waiting
        }
    }
}

/// One page of the builds that a search found.
package struct FoundBuilds: Sendable, Equatable {
    /// The builds of the page.
    package let builds: [BuildRecord]
    /// Number of builds on all pages.
    package let total: Int

    /// Creates a page.
    package init(builds: [BuildRecord], total: Int) {
        self.builds = builds
        self.total = total
    }
}

/// One page of the atoms that a search found.
package struct FoundAtoms: Sendable, Equatable {
    /// The atoms of the page.
    package let atoms: [FoundAtom]
    /// Number of atoms on all pages.
    package let total: Int

    /// Creates a page.
    package init(atoms: [FoundAtom], total: Int) {
        self.atoms = atoms
        self.total = total
    }
}

/// An atom that a search found.
package struct FoundAtom: Sendable, Equatable {
    /// The atom, without its output.
    package let record: AtomRecord
    /// Whether a slave has its subjob.
    package let isHeld: Bool

    /// Creates a found atom.
    package init(record: AtomRecord, isHeld: Bool) {
        self.record = record
        self.isHeld = isHeld
    }

    /// Its status.
    package var status: AtomStatus { AtomStatus(record, isHeld: isHeld) }
}
