/// The atoms whose directories are in an archive of results; `junit.xml`, `ctrf.json` and `failures.txt` always name all
/// atoms.
package enum ResultsSelection: String, Sendable, CaseIterable {
    /// Every atom that ran.
    case all
    /// The atoms that failed, and those that passed after a failure.
    case failed
    /// No atom.
    case none
}
