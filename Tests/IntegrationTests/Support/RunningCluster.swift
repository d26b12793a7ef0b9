import ClusterRunnerConcurrency
import ClusterRunnerTesting
import Foundation
import Testing

/// A master and slaves as processes, each with a base directory of its own below one scratch directory.
final class RunningCluster: Sendable {
    static let secret = "the secret of the integration tests"

    /// The cluster of the suite, for suites with ``SharedCluster``.
    @TaskLocal static var shared: RunningCluster?

    /// The directory of all files.
    let scratch: String
    private let state = Lock(State())

    private struct State {
        var programs: [RunningProgram] = []
        var port = 0
    }

    private init(scratch: String) {
        self.scratch = scratch
    }

    /// Runs `body` with a cluster; afterwards all programs are ended in reverse order, and all files are removed.
    static func with(
        slaves: Int = 1,
        executors: Int = 2,
        _ body: (RunningCluster) async throws -> Void
    ) async throws {
        try await withNothing { cluster in
            try await cluster.startMaster()
            for _ in 0..<slaves { try await cluster.addSlave(executors: executors) }
            try await body(cluster)
        }
    }

    /// Runs a body with a cluster without running programs.
    static func withNothing(_ body: (RunningCluster) async throws -> Void) async throws {
        try await withScratchDirectory { scratch in
            let cluster = RunningCluster(scratch: scratch)
            do {
                try await body(cluster)
            } catch {
                Issue.record("\(error)\n\(cluster.logs)")
            }
            await cluster.end()
        }
    }

    /// Returns the cluster of the suite.
    static func current() throws -> RunningCluster { try #require(shared, "The suite has no .cluster(slaves:).") }

    /// The output of all services, for failures.
    var logs: String {
        state.withLock { $0.programs }.map { "--- \($0.name) (process \($0.id))\n\($0.output)" }.joined(separator: "\n")
    }

    /// The most recently started master.
    var master: RunningProgram? { state.withLock { $0.programs.last { $0.name == "master" } } }

    /// The master's port.
    var port: Int { state.withLock { $0.port } }

    /// A client of the master.
    var http: PlainHTTP { PlainHTTP(port: port, secret: Self.secret) }

    private func end() async {
        for program in state.withLock({ $0.programs }).reversed() { await program.end() }
        for id in Processes.mentioning(scratch) {
            let command = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") ?? Data()
            Issue.record("Process \(id) was left behind: \(String(decoding: command, as: UTF8.self))\n\(logs)")
            kill(id, SIGKILL)
        }
    }
}

// MARK: Services

extension RunningCluster {
    /// Starts a program of the product that ends with the cluster; `entrance` are the words before its command.
    func start(
        _ name: String,
        _ arguments: [String],
        in directory: String? = nil,
        through entrance: [String] = []
    ) throws -> RunningProgram {
        let words = entrance + [try Product.path()] + arguments
        let program = try RunningProgram(name, words[0], Array(words.dropFirst()), in: directory ?? scratch)
        keep(program)
        return program
    }

    /// Adds a program to those that end with the cluster.
    func keep(_ program: RunningProgram) { state.withLock { $0.programs.append(program) } }

    /// The ids of all started programs.
    var processes: [pid_t] { state.withLock { $0.programs.map(\.id) } }

    /// Starts the master, on a port of the system's choice or on an earlier one, and waits until it listens.
    @discardableResult
    func startMaster(
        port: Int = 0,
        settings: String = "",
        through entrance: [String] = []
    ) async throws -> RunningProgram {
        let config = try writeConfiguration("master", settings)
        let arguments = ["master", "--port", "\(port)", "--config-file", config]
        let master = try start("master", arguments, through: entrance)
        let address = try await master.line(after: "The master listens on http://127.0.0.1:")
        let chosen = try #require(Int(address), "\(address)")
        state.withLock { $0.port = chosen }
        return master
    }

    /// Starts a slave and waits until it is registered.
    @discardableResult
    func addSlave(executors: Int) async throws -> RunningProgram {
        let name = "slave-\(state.withLock { $0.programs.count })"
        return try await addSlave(named: name, executors: executors, master: port)
    }

    /// Starts a slave with a name, on a port of its own, with its master at another port.
    @discardableResult
    func addSlave(
        named name: String,
        executors: Int,
        port: Int = 0,
        master: Int,
        settings: String = "",
        through entrance: [String] = []
    ) async throws -> RunningProgram {
        let config = try writeConfiguration(name, settings)
        let slave = try start(
            name,
            [
                "slave", "--port", "\(port)", "--master-url", "127.0.0.1:\(master)", "--num-executors", "\(executors)",
                "--config-file", config, "--verbose",
            ],
            through: entrance
        )
        _ = try await slave.line(after: "Connected to the master")
        return slave
    }

    /// Writes a configuration with a base directory of its own and returns its path.
    func writeConfiguration(_ name: String, _ settings: String = "") throws -> String {
        let path = "\(scratch)/\(name).conf"
        let text = """
            [general]
            secret = \(Self.secret)
            base_directory = \(scratch)/\(name)
            hostname = 127.0.0.1
            \(settings)

            """
        try #require(
            FileManager.default.createFile(
                atPath: path,
                contents: Data(text.utf8),
                attributes: [.posixPermissions: 0o600]
            )
        )
        return path
    }
}
