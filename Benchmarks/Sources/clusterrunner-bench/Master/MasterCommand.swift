import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation

/// The throughput of a master, and its growth with the size of builds.
struct MasterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "master",
        abstract: "Runs builds on simulated slaves, which finish each atom at once, over real sockets.",
        discussion: """
            The slaves live in this process, the master in one of its own. They speak the protocol of the product, with its \
            own client, and send heartbeats; a build without history has a subjob for each atom. Beside the work, builds are \
            read at a steady rate over one connection.
            """
    )

    @OptionGroup var program: ProgramOption
    @OptionGroup var report: ReportFile

    @Option(parsing: .upToNextOption, help: "How many slaves are connected.")
    var slaves = [8, 1000]

    @Option(help: "How many executors each of them has.")
    var executors = 8

    @Option(parsing: .upToNextOption, help: "How many atoms the builds have.")
    var atoms = [1000, 10_000, 100_000]

    @Option(help: "How often each build is run; the table has the medians.")
    var rounds = 3

    @Option(help: "How many builds are read in a second meanwhile.")
    var readsPerSecond = 50

    func run() async throws {
        var table = Table(MasterFigures.head)
        var all: [MasterFigures] = []
        for count in slaves {
            let figures = try await measure(slaves: count)
            for one in figures { table.add(one.row) }
            all += figures
        }
        print(table.text)
        for count in slaves {
            let figures = all.filter { $0.slaves == count }
            guard let time = Growth(figures.map { (Double($0.atoms), $0.seconds) }),
                let memory = Growth(figures.map { (Double($0.atoms), Double($0.masterMemory)) })
            else { continue }
            print(
                "With \(count) slaves time grows with the number of atoms to the power of \(time.exponent.fixed(2)), "
                    + "the largest memory to that of \(memory.exponent.fixed(2))."
            )
        }
        try report.write(all)
    }

    private func measure(slaves count: Int) async throws -> [MasterFigures] {
        let path = try program.path()
        return try await withScratchDirectory { directory in
            try await BenchCluster.with(path, slaves: 0, executors: 0, in: directory) { cluster in
                try await SimulatedSlaves(port: cluster.port).connected(count, executors: executors) {
                    try await cluster.withClient { try await runBuilds(cluster, $0, slaves: count, in: directory) }
                }
            }
        }
    }

    private func runBuilds(
        _ cluster: BenchCluster,
        _ client: MasterClient,
        slaves: Int,
        in directory: String
    ) async throws -> [MasterFigures] {
        var all: [MasterFigures] = []
        for count in atoms.sorted() {
            var figures = MasterFigures(slaves: slaves, atoms: count)
            for _ in 0..<max(1, rounds) {
                let before = try cluster.figures().master.own
                let id = try await client.createBuild([
                    "type": "directory", "project_directory": .string(directory), "job_name": "many",
                    "config": Self.unknownToHistory(count),
                ])
                let reads = PacedReads(port: cluster.port, path: "/v1/build/\(id)", perSecond: readsPerSecond)
                async let latencies = reads.untilBuildEnds()
                var status = try await client.build(id, wait: .seconds(60))
                while !status.state.isFinal { status = try await client.build(id, wait: .seconds(60)) }
                guard status.result == .noFailures else {
                    throw BenchFailure("Build \(id) did not pass: \(status.errorMessage ?? "\(status)")")
                }
                let times = try cluster.timestamps(ofBuild: id)
                figures.builds.append(times["finished", default: 0] - times["building", default: 0])
                figures.preparations.append(times["prepared", default: 0] - times["queued", default: 0])
                figures.processor.append((try cluster.figures().master.own - before).total)
                figures.latencies += try await latencies
            }
            figures.masterMemory = try cluster.figures().master.peakMemory
            all.append(figures)
        }
        return all
    }

    /// Returns a job whose atoms have no history, so that each becomes a subjob.
    private static func unknownToHistory(_ count: Int) -> JSONValue {
        let variable = "N" + UUID().uuidString.replacingOccurrences(of: "-", with: "")
        return ["commands": ["true"], "atomizers": [.object([variable: .string("seq \(count)")])]]
    }
}
