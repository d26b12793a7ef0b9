/// The judgement of a slave's report of an atom, by what the slave holds at that moment.
package enum ReportVerdict: Sendable, Equatable {
    /// The report is refused, for a reason, a sentence.
    case refused(String)
    /// The report is valid, but its result does not count; with the number of the attempt.
    case attempt(Int)
    /// The result counts.
    case result
}
