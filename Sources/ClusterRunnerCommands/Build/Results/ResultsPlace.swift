/// The place of a build's results, for its report.
struct ResultsPlace: Sendable, Equatable {
    /// The directory; nil without results.
    let path: String?
    /// Whether results of an earlier build are there too, because this one has only reports.
    var isBesideEarlier = false

    /// The end of the summary.
    var text: String {
        guard let path else { return "" }
        return " Results: \(path)"
            + (isBesideEarlier ? " (only junit.xml and ctrf.json; the other files are from an earlier build)" : "")
    }
}
