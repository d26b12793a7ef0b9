/// A test case of an atom, as the report of its test runner names it.
package struct TestCase: Sendable, Equatable, Codable {
    /// The name of the case, unique in its class at best.
    package var name: String
    /// The class, suite or module; nil when the report names none.
    package var className: String?
    /// The file that defines it, as the report writes it; nil when the report names none.
    package var file: String?
    /// Its run time in seconds; nil when the report has none.
    package var seconds: Double?
    /// Its outcome.
    package var outcome: CaseOutcome
    /// The failure of a case that failed, or the reason of a skipped one; nil otherwise, or when none was given.
    package var failure: CaseFailure?
    /// The failures of its runs that do not count: before the run that passed, or repetitions after the first failure.
    package var otherFailures: [CaseFailure]

    /// Creates a case.
    package init(
        name: String,
        className: String? = nil,
        file: String? = nil,
        seconds: Double? = nil,
        outcome: CaseOutcome,
        failure: CaseFailure? = nil,
        otherFailures: [CaseFailure] = []
    ) {
        self.name = name
        self.className = className
        self.file = file
        self.seconds = seconds
        self.outcome = outcome
        self.failure = failure
        self.otherFailures = otherFailures
    }
}

extension [TestCase] {
    /// The approximate size in bytes of the cases in a message.
    package var size: Int {
        reduce(0) { bytes, each in
            let names = each.name.utf8.count + (each.className?.utf8.count ?? 0) + (each.file?.utf8.count ?? 0)
            let words = ([each.failure] + each.otherFailures).reduce(0) {
                $0 + ($1?.message?.utf8.count ?? 0) + ($1?.text?.utf8.count ?? 0)
            }
            return bytes + names + words + 100
        }
    }
}

/// The outcome of a test case.
package enum CaseOutcome: String, Sendable, Codable, CaseIterable {
    /// It ran and passed.
    case passed
    /// An assertion of the test did not hold.
    case failed
    /// The test could not be carried out, such as by an exception outside of its assertions.
    case error
    /// It did not run.
    case skipped
    /// It failed, and passed when its runner ran it again.
    case flaky

    /// Whether the case counts as failed.
    package var isFailure: Bool { self == .failed || self == .error }
}

/// The words of a report about one failed run of a case, or about a case that was skipped.
package struct CaseFailure: Sendable, Equatable, Codable {
    /// One line; nil when the report has none.
    package var message: String?
    /// The kind of failure, such as the name of an exception; nil when the report has none.
    package var type: String?
    /// The details, such as a traceback; nil when the report has none.
    package var text: String?

    /// Creates a failure.
    package init(message: String? = nil, type: String? = nil, text: String? = nil) {
        self.message = message
        self.type = type
        self.text = text
    }
}

/// The numbers of an atom's or build's test cases.
package struct CaseCounts: Sendable, Equatable, Codable {
    /// All cases.
    package var total: Int
    /// The cases that failed, errors included.
    package var failed: Int
    /// The cases that did not run.
    package var skipped: Int
    /// The cases that passed after a failure.
    package var flaky: Int

    /// Creates counts.
    package init(total: Int = 0, failed: Int = 0, skipped: Int = 0, flaky: Int = 0) {
        self.total = total
        self.failed = failed
        self.skipped = skipped
        self.flaky = flaky
    }

    /// Counts cases.
    package init(_ cases: [TestCase]) {
        self.init(total: cases.count)
        for each in cases {
            if each.outcome.isFailure { failed += 1 }
            if each.outcome == .skipped { skipped += 1 }
            if each.outcome == .flaky { flaky += 1 }
        }
    }

    /// Adds the numbers of another atom.
    package static func += (sum: inout Self, other: Self) {
        sum.total += other.total
        sum.failed += other.failed
        sum.skipped += other.skipped
        sum.flaky += other.flaky
    }
}
