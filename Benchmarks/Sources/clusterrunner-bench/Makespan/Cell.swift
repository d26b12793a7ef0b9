/// One kind of build, simulated many times.
struct Cell: Codable, Hashable {
    let distribution: Distribution
    let history: HistoryQuality
    let scenario: Scenario
    let executors: Int
    let atomsPerExecutor: Int

    /// Simulates builds and compares each with the lower bound of the same draw.
    func measure(builds: Int, seed: UInt64, _ suite: SuiteDurations, _ costs: Costs) -> Measurement {
        var ours: [Double] = []
        var rivals: [Rival: [Double]] = [:]
        var (handOuts, moved) = (0, 0)
        for build in 0..<builds {
            var generator = SeededGenerator(seed: seed &+ UInt64(build))
            let work = Work(executors * atomsPerExecutor, distribution, history, suite, using: &generator)
            let site = scenario.site(executors: executors, total: work.total, longest: work.longest)
            let bound = site.lowerBound(total: work.total, longest: work.longest)
            let earlier =
                scenario == .slowAndKnown
                ? Work(executors * 20, .uniform, .exact, suite, using: &generator) : nil
            var simulation = BuildSimulation(work, on: site, costs: costs, after: earlier)
            ours.append(simulation.run() / bound)
            handOuts += simulation.handOuts
            moved += simulation.moved
            guard scenario != .lost else { continue }
            for rival in Rival.allCases {
                rivals[rival, default: []].append(rival.makespan(work, on: site, costs: costs) / bound)
            }
        }
        return Measurement(
            cell: self,
            seeds: [seed, seed &+ UInt64(builds - 1)],
            ours: Ratios(ours),
            rivals: Dictionary(uniqueKeysWithValues: rivals.map { ($0.key.rawValue, Ratios($0.value)) }),
            handOutsPerBuild: Double(handOuts) / Double(builds),
            movedPerBuild: Double(moved) / Double(builds)
        )
    }
}

/// The result of a cell.
struct Measurement: Codable {
    let cell: Cell
    /// The first and the last seed.
    let seeds: [UInt64]
    let ours: Ratios
    let rivals: [String: Ratios]
    let handOutsPerBuild: Double
    /// The atoms that one slave gave back for another.
    let movedPerBuild: Double
}

/// The makespans divided by their lower bounds.
struct Ratios: Codable {
    let median: Double
    let p95: Double
    let max: Double

    init(_ values: [Double]) {
        let sorted = values.sorted()
        median = sorted.isEmpty ? .nan : sorted[sorted.count / 2]
        p95 = sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
        max = sorted.last ?? .nan
    }

    /// The three, as a cell of a table.
    var text: String { "\(median.fixed(3)) \(p95.fixed(3)) \(max.fixed(3))" }
}
