package import ClusterRunnerDomain

/// The progress of a build in numbers.
package struct ProgressRepresentation: Codable, Sendable, Equatable {
    /// The number of atoms; nil until they are known.
    package let atoms: Int?
    /// The number of atoms with their final result.
    package let done: Int
    /// The number of those that failed.
    package let failed: Int
    /// The number of those that passed only after they had failed.
    package let flaky: Int
    /// The number of atoms that were given up before they began.
    package let neverRan: Int
    /// The number of atoms that run now; nil when that is not known.
    package let running: Int?
    /// The seconds until the build should end; nil when that is not known.
    package let secondsLeft: Double?

    private enum CodingKeys: String, CodingKey {
        case atoms, done
        case secondsLeft = "expected_seconds_left"
        case failed, flaky
        case neverRan = "never_ran"
        case running
    }

    /// Shows the progress of a build; its record is enough once it has ended.
    package init(_ build: BuildRecord, _ outlook: BuildOutlook?) {
        let isFinal = build.state.isFinal
        atoms = build.progress.atoms ?? (isFinal ? 0 : nil)
        done = build.progress.completedAtoms
        failed = build.progress.failedAtoms
        flaky = build.progress.flakyAtoms
        neverRan = build.progress.unrunAtoms
        running = isFinal ? 0 : outlook?.running
        secondsLeft = isFinal ? 0 : outlook?.secondsLeft.map { ($0 * 10).rounded() / 10 }
    }
}

/// The times at which a build entered its states, in seconds since 1970; null for those it has not entered.
package struct StateTimestamps: Codable, Sendable, Equatable {
    private var times: [BuildState: Double]

    /// Shows times.
    init(_ times: [BuildState: Double]) {
        self.times = times
    }

    /// The time at which the build entered a state.
    package subscript(state: BuildState) -> Double? { times[state] }

    /// A state in lower case.
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ state: BuildState) { stringValue = state.rawValue.lowercased() }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        times = [:]
        for state in BuildState.allCases {
            times[state] = try container.decodeIfPresent(Double.self, forKey: Key(state))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for state in BuildState.allCases { try container.encodeIfPresent(times[state], forKey: Key(state)) }
    }
}
