/// The limits of a report of test cases; what a report has beyond them is cut, or makes it unreadable.
package struct ReportLimits: Sendable, Equatable {
    /// Maximum size of a report in bytes; a larger one is not read.
    package var fileBytes = 64 << 20
    /// Maximum number of cases; a report with more is not read.
    package var cases = 100_000
    /// Maximum nesting of elements; a deeper report is not read.
    package var depth = 64
    /// Maximum size of a name, a class or a file in bytes; longer ones are cut in their middle.
    package var name = 1_000
    /// Maximum size of a message in bytes; of a longer one the beginning is kept.
    package var message = 1 << 10
    /// Maximum size of the details of a failure in bytes; of longer ones beginning and end are kept.
    package var text = 16 << 10
    /// Maximum size of all messages and details in bytes; those of later cases are dropped.
    package var allTexts = 1 << 20

    /// The limits of the product.
    package static let standard = Self()

    /// Creates the limits of the product.
    package init() {}
}

/// The reason why a report cannot be read, for the end of a sentence.
package struct ReportFault: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
