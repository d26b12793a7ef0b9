/// Where the results of a build are, for its report.
struct ResultsPlace: Sendable, Equatable {
    /// The directory; nil when there are no results.
    let path: String?
    /// Whether results of an earlier build lie there, too, because this one has only `junit.xml`.
    var isBesideEarlier = false

    /// The end of the summary.
    var text: String {
        guard let path else { return "" }
        return " Results: \(path)"
            + (isBesideEarlier ? " (only junit.xml; all else there is of an earlier build)" : "")
    }
}
