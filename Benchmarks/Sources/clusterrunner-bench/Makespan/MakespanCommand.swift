import ArgumentParser

/// The makespan of builds, simulated with the product's own decisions.
struct MakespanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "makespan",
        abstract: "Simulates builds and compares how long they take with the shortest time possible.",
        discussion: """
            Each figure is makespan / lower bound as median, 95th percentile and maximum over the builds of a cell. Only \
            time is simulated: the decisions are those of the product.
            """
    )

    @Option(parsing: .upToNextOption, help: "The distributions of durations.")
    var distribution = Distribution.allCases

    @Option(parsing: .upToNextOption, help: "What history knows.")
    var history = HistoryQuality.allCases

    @Option(parsing: .upToNextOption, help: "What happens to the slaves.")
    var scenario = [Scenario.steady]

    @Option(parsing: .upToNextOption, help: "How many executors there are.")
    var executors = [1, 2, 8, 32, 128, 512]

    @Option(parsing: .upToNextOption, help: "How many atoms there are for each executor.")
    var atomsPerExecutor = [5, 20, 100]

    @Option(help: "How many builds of each cell are simulated, at most.")
    var builds = 100

    @Option(help: "How many atoms of each cell are simulated, at most, but at least three builds.")
    var atomBudget = 30_000

    @Option(help: "The seed of the first build of each cell; the others follow.")
    var seed: UInt64 = 1

    @Option(help: "How long a message takes, in milliseconds.")
    var latency = 1.0

    @Option(help: "The file with the durations of a published suite.")
    var suite = "Data/networkx-durations.txt"

    @OptionGroup var report: ReportFile

    func run() async throws {
        let suite = try SuiteDurations(path: suite)
        let costs = Costs(latency: latency / 1000)
        let measurements = await measure(suite, costs)
        print(
            "Seeds from \(seed) on. Messages take \(latency.fixed(1)) ms each way; starting an atom or a lease 1 ms."
        )
        print(table(measurements).text)
        print("\nThe worst median and the worst 95th percentile over all numbers of executors:")
        print(WorstTable(measurements).text)
        try report.write(Report(costs: costs, cells: measurements))
    }

    private struct Report: Encodable {
        let costs: Costs
        let cells: [Measurement]
    }

    private var cells: [Cell] {
        scenario.flatMap { scenario in
            distribution.flatMap { distribution in
                history.flatMap { history in
                    executors.filter { scenario == .steady || $0 > 1 }.flatMap { executors in
                        atomsPerExecutor.map { atoms in
                            Cell(
                                distribution: distribution,
                                history: history,
                                scenario: scenario,
                                executors: executors,
                                atomsPerExecutor: atoms
                            )
                        }
                    }
                }
            }
        }
    }

    /// Measures all cells, one per processor at a time.
    private func measure(_ suite: SuiteDurations, _ costs: Costs) async -> [Measurement] {
        await withTaskGroup(of: (Int, Measurement).self) { group in
            for (number, cell) in cells.enumerated() {
                let builds = max(3, min(builds, atomBudget / (cell.executors * cell.atomsPerExecutor)))
                group.addTask { @concurrent in
                    (number, cell.measure(builds: builds, seed: seed, suite, costs))
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func table(_ measurements: [Measurement]) -> Table {
        var table = Table(
            [
                "durations", "history", "slaves", "executors", "atoms each", "builds", "ClusterRunner", "leases",
                "moved",
            ]
                + Rival.allCases.map(\.rawValue)
        )
        for measurement in measurements {
            let cell = measurement.cell
            table.add(
                [
                    cell.distribution.rawValue, cell.history.rawValue, cell.scenario.rawValue, "\(cell.executors)",
                    "\(cell.atomsPerExecutor)", "\(measurement.seeds[1] - measurement.seeds[0] + 1)",
                    measurement.ours.text, measurement.handOutsPerBuild.fixed(0), measurement.movedPerBuild.fixed(0),
                ] + Rival.allCases.map { measurement.rivals[$0.rawValue]?.text ?? "" }
            )
        }
        return table
    }
}
