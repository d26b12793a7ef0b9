import ClusterRunnerConcurrency
package import CoreMetrics

/// A backend of swift-metrics that shows its metrics in Prometheus' text format.
///
/// It is passed to the instruments as their `factory`; there is no global one. A metric that was declared has its help
/// and buckets from there. An instrument of another form than its metric was declared with works and is not shown.
package final class PrometheusRegistry: MetricsFactory {
    private struct Family {
        let kind: MetricFamily.Kind
        var help: String?
        /// The series, by the text of their labels.
        var series: [String: any MetricSeries] = [:]
    }

    private struct Table {
        /// The names in the order of their declarations.
        var names: [String] = []
        var families: [String: Family] = [:]

        mutating func declare(_ name: String, _ kind: MetricFamily.Kind, help: String?) {
            guard families[name] == nil else { return }
            names.append(name)
            families[name] = Family(kind: kind, help: help)
        }
    }

    private let table = Lock(Table())

    /// Creates a registry of declared metrics.
    package init(_ families: [MetricFamily] = []) {
        declare(families)
    }

    /// Declares metrics; a name that is known keeps its first declaration.
    package func declare(_ families: [MetricFamily]) {
        table.withLock { table in
            for family in families {
                table.declare(ExpositionText.name(family.name), family.kind, help: family.help)
            }
        }
    }

    /// The current values of all metrics that have any, in the order of their declarations.
    package var text: String {
        var text = ExpositionText()
        let families = table.withLock { table in table.names.map { ($0, table.families[$0]) } }
        for case (let name, let family?) in families where !family.series.isEmpty {
            text.begin(name, family.kind, help: family.help)
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(name, labels, to: &text)
            }
        }
        return text.text
    }

    /// Returns the series of a metric and labels, after creating it if it is missing.
    private func series<Series: MetricSeries>(
        _ label: String,
        _ dimensions: [(String, String)],
        _ kind: MetricFamily.Kind,
        make: (MetricFamily.Kind) -> Series
    ) -> Series {
        let (name, labels) = (ExpositionText.name(label), ExpositionText.labels(dimensions))
        return table.withLock { table in
            table.declare(name, kind, help: nil)
            guard let family = table.families[name], family.kind.isLike(kind) else { return make(kind) }
            if let known = family.series[labels] { return known as? Series ?? make(family.kind) }
            let series = make(family.kind)
            table.families[name]?.series[labels] = series
            return series
        }
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramSeries {
        series(label, dimensions, .durations) { kind in
            guard case .histogram(let bounds) = kind else { return HistogramSeries(bounds: []) }
            return HistogramSeries(bounds: bounds)
        }
    }

    private func remove(_ handler: AnyObject) {
        table.withLock { table in
            for name in table.names {
                for (labels, series) in table.families[name]?.series ?? [:] where series === handler {
                    table.families[name]?.series[labels] = nil
                }
            }
        }
    }
}

// MARK: MetricsFactory

extension PrometheusRegistry {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { _ in CounterSeries() }
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter) { _ in CounterSeries() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { _ in GaugeSeries() }
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate ? histogram(label, dimensions) : series(label, dimensions, .gauge) { _ in GaugeSeries() }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
