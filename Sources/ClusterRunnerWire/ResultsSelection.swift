/// The atoms whose directories an archive of results has; `junit.xml` and `failures.txt` name all of them.
package enum ResultsSelection: String, Sendable, CaseIterable {
    /// Every atom that ran.
    case all
    /// The atoms that failed, and those that passed only after they had failed.
    case failed
    /// No atom.
    case none
}
