import ArgumentParser
import Foundation

/// The overhead of a build of one atom.
struct StartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Runs builds of one atom: with services that are up, and on the embedded cluster."
    )

    @OptionGroup var program: ProgramOption
    @OptionGroup var report: ReportFile

    @Option(help: "How often each build is run; the table has the medians.")
    var rounds = 9

    /// All times in seconds, one element for each round.
    struct Figures: Codable {
        /// `bash -c true`, the atom itself.
        var atom: [Double] = []
        /// `clusterrunner --version`: the start of the program alone.
        var program: [Double] = []
        /// The time from the request to the last result, with running services.
        var build: [Double] = []
        /// The whole `clusterrunner build`, with running services.
        var command: [Double] = []
        /// The whole `clusterrunner build` on the embedded cluster.
        var embedded: [Double] = []
    }

    func run() async throws {
        let path = try program.path()
        let figures = try await withScratchDirectory { directory in
            let job = "one:\n  commands:\n    - 'true'\n  atomizers:\n    - NUMBER: echo 1\n"
            try Data(job.utf8).write(to: URL(fileURLWithPath: "\(directory)/clusterrunner.yaml"))
            return try await BenchCluster.with(path, slaves: 1, executors: 1, in: directory) { cluster in
                try measure(path, cluster, in: directory)
            }
        }
        print(Self.table(figures).text)
        try report.write(figures)
    }

    private func measure(_ path: String, _ cluster: BenchCluster, in directory: String) throws -> Figures {
        let configuration = try BenchCluster.writeConfiguration("embedded", in: directory)
        // No master listens there, whatever else runs on this machine.
        try (String(contentsOfFile: configuration, encoding: .utf8) + "\n[slave]\nmaster_port = 1\n")
            .write(toFile: configuration, atomically: false, encoding: .utf8)
        let embedded = ["build", "--config-file", configuration]
        _ = try cluster.run(job: "one", in: directory)
        _ = try Program(path, embedded, in: directory).finish()
        var figures = Figures()
        for _ in 0..<max(1, rounds) {
            figures.atom.append(try time("/bin/bash", ["-c", "true"], in: directory))
            figures.program.append(try time(path, ["--version"], in: directory))
            let build = try cluster.run(job: "one", in: directory)
            figures.build.append(build.build)
            figures.command.append(build.command)
            figures.embedded.append(try time(path, embedded, in: directory))
        }
        return figures
    }

    private func time(_ path: String, _ arguments: [String], in directory: String) throws -> Double {
        let start = ContinuousClock.now
        _ = try Program(path, arguments, in: directory).finish()
        return (ContinuousClock.now - start).seconds
    }

    private static func table(_ figures: Figures) -> Table {
        let atom = figures.atom.median
        var table = Table(["one atom", "ms", "beyond the atom ms"])
        func add(_ name: String, _ times: [Double]) {
            table.add([name, (times.median * 1000).fixed(1), ((times.median - atom) * 1000).fixed(1)])
        }
        add("bash -c true", figures.atom)
        add("clusterrunner --version", figures.program)
        add("build, services up", figures.build)
        add("clusterrunner build, services up", figures.command)
        add("clusterrunner build, embedded cluster", figures.embedded)
        return table
    }
}
