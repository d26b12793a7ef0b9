package import ClusterRunnerJobFile

/// A user's search for the test cases of a build; nil properties match all.
package struct CaseSearch: Sendable, Equatable {
    /// The build.
    package var build: BuildID
    /// Only cases with one of these outcomes.
    package var outcomes: Set<CaseOutcome>?
    /// Only cases with exactly this name.
    package var name: String?
    /// Only cases with this in their name, class or file, without regard to the case of ASCII letters.
    package var text: String?
    /// Only cases of atoms of these subjobs.
    package var subjobs: ClosedRange<SubjobID>?
    /// Only cases of the atom with this number in its subjob.
    package var atom: AtomIndex?
    /// The order; equal values are ordered by subjob, atom and position in the report.
    package var order: CaseOrder
    /// The part of the list.
    package var page: StorePage

    /// Creates a search.
    package init(
        build: BuildID,
        outcomes: Set<CaseOutcome>? = nil,
        name: String? = nil,
        text: String? = nil,
        subjobs: ClosedRange<SubjobID>? = nil,
        atom: AtomIndex? = nil,
        order: CaseOrder = .position,
        page: StorePage = .all
    ) {
        self.build = build
        self.outcomes = outcomes
        self.name = name
        self.text = text
        self.subjobs = subjobs
        self.atom = atom
        self.order = order
        self.page = page
    }
}

/// The orders of a list of cases.
package enum CaseOrder: String, Sendable, CaseIterable {
    /// Subjob, atom, and position in the report.
    case position
    /// The outcomes that need attention first: failed, error, flaky, passed, skipped.
    case outcome
    /// The longest first; cases without a time last.
    case time
}

/// A stored test case.
package struct CaseRecord: Sendable, Equatable {
    /// The number of the case in all builds of its job.
    package let id: CaseID
    /// The build.
    package let buildID: BuildID
    /// The subjob.
    package let subjobID: SubjobID
    /// The atom's number in the subjob.
    package let atomID: AtomIndex
    /// The position in the report of the atom, from 0.
    package let position: Int
    /// The atom that ran it.
    package let atom: Atom
    /// The case.
    package var testCase: TestCase

    /// Creates a record.
    package init(
        id: CaseID,
        buildID: BuildID,
        subjobID: SubjobID,
        atomID: AtomIndex,
        position: Int,
        atom: Atom,
        testCase: TestCase
    ) {
        self.id = id
        self.buildID = buildID
        self.subjobID = subjobID
        self.atomID = atomID
        self.position = position
        self.atom = atom
        self.testCase = testCase
    }
}

/// One page of the cases that a search found.
package struct FoundCases: Sendable, Equatable {
    /// The cases of the page.
    package let cases: [CaseRecord]
    /// Number of cases on all pages.
    package let total: Int

    /// Creates a page.
    package init(cases: [CaseRecord], total: Int) {
        self.cases = cases
        self.total = total
    }
}
