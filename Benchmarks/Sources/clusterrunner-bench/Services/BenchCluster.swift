import ClusterRunnerDomain
import Foundation

/// A master and slaves as processes, with their files below one directory.
final class BenchCluster {
    private let program: String
    private let directory: String
    private let master: Program
    private var slaves: [Program] = []
    /// The master's port.
    let port: Int

    /// Runs an operation with a cluster whose slaves are registered, and ends the cluster afterwards.
    static func with<Result>(
        _ program: String,
        slaves: Int,
        executors: Int,
        in directory: String,
        _ body: (BenchCluster) async throws -> Result
    ) async throws -> Result {
        let cluster = try BenchCluster(program, in: directory)
        defer { cluster.end() }
        for _ in 0..<slaves { try cluster.addSlave(executors: executors) }
        return try await body(cluster)
    }

    private init(_ program: String, in directory: String) throws {
        self.program = program
        self.directory = directory
        let configuration = try Self.writeConfiguration("master", in: directory)
        master = try Program(program, ["master", "--port", "0", "--config-file", configuration], in: directory)
        let address = try master.line(after: "The master listens on http://")
        guard let port = address.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw BenchFailure("The master listens on \(address), which names no port.")
        }
        self.port = port
    }

    private func addSlave(executors: Int) throws {
        let name = "slave\(slaves.count)"
        let configuration = try Self.writeConfiguration(name, in: directory)
        let slave = try Program(
            program,
            [
                "slave", "--port", "0", "--master-url", "127.0.0.1:\(port)", "--num-executors", "\(executors)",
                "--config-file", configuration, "--verbose",
            ],
            in: directory
        )
        slaves.append(slave)
        _ = try slave.line(after: "Connected to the master")
    }

    private func end() {
        for slave in slaves { slave.end() }
        master.end()
    }

    /// The secret of all services.
    static let secret = "the secret of the benchmarks"

    /// Writes the configuration of a service and returns its path.
    static func writeConfiguration(_ name: String, in directory: String) throws -> String {
        let path = "\(directory)/\(name).conf"
        let text = """
            [general]
            secret = \(secret)
            base_directory = \(directory)/\(name)
            hostname = 127.0.0.1

            """
        let isWritten = FileManager.default.createFile(
            atPath: path,
            contents: Data(text.utf8),
            attributes: [.posixPermissions: 0o600]
        )
        guard isWritten else { throw BenchFailure("Cannot write \(path).") }
        return path
    }
}

extension BenchCluster {
    /// The resources used by master and slaves so far.
    struct Figures {
        let master: ProcessFigures
        let slaves: [ProcessFigures]

        /// The processor time of the services themselves.
        var own: ProcessorTime { slaves.reduce(master.own) { $0 + $1.own } }
        /// The processor time of their commands.
        var children: ProcessorTime { slaves.reduce(master.children) { $0 + $1.children } }
    }

    /// Reads the figures from the kernel.
    func figures() throws -> Figures {
        Figures(master: try ProcessFigures(of: master.id), slaves: try slaves.map { try ProcessFigures(of: $0.id) })
    }

    /// The times of one `clusterrunner build`.
    struct Build {
        /// The seconds from the start of the command to its end.
        let command: Double
        /// The seconds from the request to the last result, by the master's timestamps.
        let build: Double
        /// The part of these seconds before the build was prepared.
        let preparation: Double
    }

    /// Runs a job of the project in a directory to its end; every atom must pass.
    func run(job: String, in project: String) throws -> Build {
        try run(["--job-name", job], in: project)
    }

    /// Runs `clusterrunner build` with arguments to its end; every atom must pass.
    func run(_ arguments: [String], in project: String) throws -> Build {
        let start = ContinuousClock.now
        let output = try build(arguments, in: project).finish()
        let seconds = (ContinuousClock.now - start).seconds
        guard let id = output.split(separator: " ").lazy.compactMap({ Int($0) }).first else {
            throw BenchFailure("clusterrunner build named no build:\n\(output)")
        }
        let times = try timestamps(ofBuild: BuildID(id))
        let queued = times["queued", default: 0]
        return Build(
            command: seconds,
            build: times["finished", default: 0] - queued,
            preparation: times["prepared", default: 0] - queued
        )
    }

    /// Starts `clusterrunner build` with arguments.
    func build(_ arguments: [String], in project: String) throws -> Program {
        let service = ["--master-url", "127.0.0.1:\(port)", "--config-file", "\(directory)/master.conf"]
        return try Program(program, ["build"] + arguments + service, in: project)
    }

    /// Returns the times of entry into a build's states, in seconds since 1970, by the lower-case name of the state.
    func timestamps(ofBuild id: BuildID) throws -> [String: Double] {
        struct Answer: Decodable {
            struct Build: Decodable {
                let stateTimestamps: [String: Double?]
                private enum CodingKeys: String, CodingKey { case stateTimestamps = "state_timestamps" }
            }
            let build: Build
        }
        let body = try KeptConnection(port: port).get("/v1/build/\(id)")
        return try JSONDecoder().decode(Answer.self, from: body).build.stateTimestamps.compactMapValues { $0 }
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
