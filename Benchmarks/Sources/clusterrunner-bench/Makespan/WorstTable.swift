/// The worst figures over all numbers of executors, which can be promised.
struct WorstTable {
    private let measurements: [Measurement]

    init(_ measurements: [Measurement]) {
        self.measurements = measurements
    }

    /// The table, with a row for each kind of build and a column for each number of atoms per executor.
    var text: String {
        let atoms = Set(measurements.map(\.cell.atomsPerExecutor)).sorted()
        var table = Table(["durations", "history", "slaves"] + atoms.map { "\($0) atoms each" })
        var seen: Set<[String]> = []
        for measurement in measurements where seen.insert(kind(measurement)).inserted {
            let row = measurements.filter { kind($0) == kind(measurement) }
            table.add(
                kind(measurement) + atoms.map { atoms in worst(row.filter { $0.cell.atomsPerExecutor == atoms }) }
            )
        }
        return table.text
    }

    private func kind(_ measurement: Measurement) -> [String] {
        let cell = measurement.cell
        return [cell.distribution.rawValue, cell.history.rawValue, cell.scenario.rawValue]
    }

    private func worst(_ measurements: [Measurement]) -> String {
        let median = measurements.map(\.ours.median).max() ?? .nan
        let p95 = measurements.map(\.ours.p95).max() ?? .nan
        return "\(median.fixed(3)) \(p95.fixed(3))"
    }
}
