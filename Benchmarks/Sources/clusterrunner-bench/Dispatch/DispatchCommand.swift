import ArgumentParser
import Foundation

/// The overhead of an atom.
struct DispatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dispatch",
        abstract: "Runs builds of many short atoms, beside xargs and others that run the same commands."
    )

    @OptionGroup var program: ProgramOption
    @OptionGroup var report: ReportFile

    @Option(parsing: .upToNextOption, help: "How many atoms the builds have.")
    var atoms = [100, 1000]

    @Option(parsing: .upToNextOption, help: "What the atoms do: true, sleep or output.")
    var commands = AtomCommand.allCases

    @Option(parsing: .upToNextOption, help: "The slaves and the executors of each, such as 1x2.")
    var clusters = ["1x2", "1x8", "2x1"].compactMap(ClusterShape.init(argument:))

    @Option(help: "How often each build is run; the table has the medians.")
    var rounds = 5

    @Flag(help: "Let all rounds be one job, so that the later ones know how long the atoms take.")
    var history = false

    func run() async throws {
        var table = Table(DispatchFigures.head)
        var all: [DispatchFigures] = []
        for cluster in clusters {
            for count in atoms {
                for command in commands {
                    let figures = try await measure(command, count, cluster)
                    table.add(figures.row)
                    all.append(figures)
                }
            }
        }
        print(table.text)
        try report.write(all)
    }

    private func measure(_ command: AtomCommand, _ count: Int, _ shape: ClusterShape) async throws -> DispatchFigures {
        try await withScratchDirectory { directory in
            try writeProject(command, count, in: directory)
            let references = Reference.installed(in: directory).filter { $0.isWorthItsTime(for: command) }
            return try await BenchCluster.with(
                program.path(),
                slaves: shape.slaves,
                executors: shape.executors,
                in: directory
            ) { cluster in
                // The first build of a service pays for initialisation.
                _ = try cluster.run(job: "warmup", in: directory)
                let rounds = try (1...max(1, rounds)).map { number in
                    try round(number, of: cluster) { reference in
                        try reference.run(command, atoms: count, width: shape.width, in: directory)
                    } build: {
                        try cluster.run(job: history ? "round1" : "round\(number)", in: directory)
                    } references: {
                        references
                    }
                }
                let end = try cluster.figures()
                return DispatchFigures(
                    command: command,
                    atoms: count,
                    cluster: shape.name,
                    rounds: rounds,
                    masterMemory: end.master.peakMemory,
                    slaveMemory: end.slaves.map(\.peakMemory).max() ?? 0
                )
            }
        }
    }

    /// Runs one build and then its references, whose time includes the services' work after the build.
    private func round(
        _ number: Int,
        of cluster: BenchCluster,
        reference: (Reference) throws -> Reference.Run,
        build: () throws -> BenchCluster.Build,
        references: () -> [Reference]
    ) throws -> DispatchRound {
        let before = try cluster.figures()
        let build = try build()
        var runs: [String: Reference.Run] = [:]
        for other in references() { runs[other.rawValue] = try reference(other) }
        let after = try cluster.figures()
        return DispatchRound(
            build: build.build,
            command: build.command,
            own: after.own - before.own,
            children: after.children - before.children,
            references: runs
        )
    }

    private func writeProject(_ command: AtomCommand, _ count: Int, in directory: String) throws {
        let jobs = [("warmup", 10)] + (1...max(1, rounds)).map { ("round\($0)", count) }
        let text = jobs.map { name, atoms in
            """
            \(name):
              commands:
                - \(command.script)
              atomizers:
                - NUMBER: seq \(atoms)

            """
        }.joined()
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/clusterrunner.yaml"))
    }
}
