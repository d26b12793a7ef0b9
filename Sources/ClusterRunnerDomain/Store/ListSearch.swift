/// Which builds a person looks for; what is nil excludes nothing.
///
/// Texts match whatever the case of their ASCII letters.
package struct BuildSearch: Sendable, Equatable {
    /// Only builds in one of these states.
    package var states: Set<BuildState>?
    /// Only builds that ended like this.
    package var result: BuildResult?
    /// Only builds with this in the name of their job.
    package var job: String?
    /// Only builds with this in the id of their project.
    package var project: String?
    /// Only builds with this in their number, job, project or error.
    package var text: String?
    /// Which part of the list, the largest id first.
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

/// Which atoms of a build a person looks for; what is nil excludes nothing.
package struct AtomSearch: Sendable, Equatable {
    /// The build.
    package var build: Int
    /// Only atoms that stand like this.
    package var status: AtomStatus?
    /// Only atoms with this in their variable or value, whatever the case of its ASCII letters.
    package var text: String?
    /// By what they are ordered; what is equal, or not known, by subjob and id.
    package var order: AtomOrder
    /// Whether the largest comes first; what is not known comes last, either way.
    package var descending: Bool
    /// Which part of the list.
    package var page: StorePage

    /// Creates a search.
    package init(
        build: Int,
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

/// What atoms can be ordered by.
package enum AtomOrder: String, Sendable, CaseIterable {
    /// Subjob and id.
    case position
    /// How they stand: failed, flaky, running, waiting, passed, canceled.
    case status
    /// Variable and value.
    case name
    /// How long they should take.
    case expected
    /// How long they took.
    case actual
    /// How often they were run.
    case attempts
}

/// How an atom stands, for a person.
package enum AtomStatus: String, Sendable, CaseIterable {
    case failed, flaky, running, waiting, passed, canceled

    /// How an atom stands; `isHeld` says that a slave has its subjob.
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

/// A part of what a search found.
package struct FoundBuilds: Sendable, Equatable {
    /// The builds of the page.
    package let builds: [BuildRecord]
    /// How many there are on all pages.
    package let total: Int

    /// What was found.
    package init(builds: [BuildRecord], total: Int) {
        self.builds = builds
        self.total = total
    }
}

/// A part of what a search found.
package struct FoundAtoms: Sendable, Equatable {
    /// The atoms of the page.
    package let atoms: [FoundAtom]
    /// How many there are on all pages.
    package let total: Int

    /// What was found.
    package init(atoms: [FoundAtom], total: Int) {
        self.atoms = atoms
        self.total = total
    }
}

/// An atom that was found.
package struct FoundAtom: Sendable, Equatable {
    /// The atom, without its output.
    package let record: AtomRecord
    /// Whether a slave has its subjob.
    package let isHeld: Bool

    /// What was found.
    package init(record: AtomRecord, isHeld: Bool) {
        self.record = record
        self.isHeld = isHeld
    }

    /// How it stands.
    package var status: AtomStatus { AtomStatus(record, isHeld: isHeld) }
}
