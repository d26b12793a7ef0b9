import ArgumentParser
import ClusterRunnerClient
import Foundation

/// The rate at which a master answers reads of a finished build.
struct ReadsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reads",
        abstract: "Reads a finished build over several connections, with wrk.",
        discussion: "The reference is the version of the service, the least that it can be asked for."
    )

    @OptionGroup var program: ProgramOption
    @OptionGroup var report: ReportFile

    @Option(help: "How many atoms the build has.")
    var atoms = 1000

    @Option(help: "How many connections read.")
    var connections = 16

    @Option(help: "How many seconds each round takes.")
    var seconds = 5

    @Option(help: "How often each is measured; the table has the medians.")
    var rounds = 5

    /// The requests per second, one element for each round.
    struct Figures: Codable {
        var version: [Double] = []
        var build: [Double] = []
        /// The bytes of the build's body.
        var size = 0
    }

    func run() async throws {
        let path = try program.path()
        let figures = try await withScratchDirectory { directory in
            let job = "many:\n  commands: ['true']\n  atomizers: [{NUMBER: seq \(atoms)}]\n"
            try Data(job.utf8).write(to: URL(fileURLWithPath: "\(directory)/clusterrunner.yaml"))
            return try await BenchCluster.with(path, slaves: 1, executors: 2, in: directory) { cluster in
                _ = try cluster.run(job: "many", in: directory)
                return try measure(cluster, in: directory)
            }
        }
        var table = Table(["\(connections) connections", "requests/s"])
        table.add(["GET /v1/version", figures.version.median.fixed(0)])
        table.add(["GET /v1/build/1 (\(atoms) atoms, \(figures.size) bytes)", figures.build.median.fixed(0)])
        print(table.text)
        try report.write(figures)
    }

    private func measure(_ cluster: BenchCluster, in directory: String) throws -> Figures {
        var figures = Figures()
        figures.size = try KeptConnection(port: cluster.port).get("/v1/build/1").count
        for _ in 0..<max(1, rounds) {
            figures.version.append(try rate(of: "/v1/version", cluster, in: directory))
            figures.build.append(try rate(of: "/v1/build/1", cluster, in: directory))
        }
        return figures
    }

    private func rate(of path: String, _ cluster: BenchCluster, in directory: String) throws -> Double {
        let arguments = [
            "wrk", "--threads", "1", "--connections", "\(connections)", "--duration", "\(seconds)s",
            "http://127.0.0.1:\(cluster.port)\(path)",
        ]
        let output = try Program("/usr/bin/env", arguments, in: directory).finish()
        let line = output.split(separator: "\n").first { $0.hasPrefix("Requests/sec:") }
        guard !output.contains("Non-2xx"), let rate = line?.split(separator: " ").last.flatMap({ Double($0) })
        else { throw BenchFailure("wrk printed no rate, or not all answers were a success:\n\(output)") }
        return rate
    }
}
