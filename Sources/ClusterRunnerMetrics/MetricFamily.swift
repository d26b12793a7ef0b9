/// The declaration of a metric: its name, its meaning and its form.
package struct MetricFamily: Sendable, Equatable {
    /// The name, by Prometheus' conventions: with its unit, and `_total` for a counter.
    package let name: String
    /// The meaning, one sentence.
    package let help: String
    /// The form of its values.
    package let kind: Kind

    /// The forms of metrics.
    package enum Kind: Sendable, Equatable {
        /// A number that only grows while the process lives.
        case counter
        /// A number that goes up and down.
        case gauge
        /// The distribution of values over buckets, by their upper bounds in ascending order.
        case histogram(bounds: [Double])
    }

    /// Declares a metric.
    package init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }
}

extension MetricFamily.Kind {
    /// The name of the form in a `# TYPE` line.
    var name: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }

    /// Whether both are of one form, whatever their buckets.
    func isLike(_ other: Self) -> Bool { name == other.name }

    /// The buckets of a duration that was not declared, in seconds: 1 ms to 10 s.
    package static let durations = Self.histogram(
        bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    )
}
