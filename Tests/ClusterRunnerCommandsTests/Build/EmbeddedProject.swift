import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import ClusterRunnerWire
import Logging

@testable import ClusterRunnerCommands

/// A directory with a job file, and a real cluster inside this process to build it on.
struct EmbeddedProject {
    let scratch: ScratchDirectory
    let cluster: EmbeddedCluster

    init(executors: Int = 2, settings: String = "") throws {
        scratch = try ScratchDirectory()
        let file = try scratch.write(
            "[general]\nsecret = 0123456789\nbase_directory = \(scratch.path)/base\n" + settings,
            to: "test.conf"
        )
        let path = ["PATH": "/usr/bin:/bin"]
        let configuration = try ConfigurationLoader(file: file, environment: path).load()
        cluster = EmbeddedCluster(
            composition: .real(environment: path),
            master: try configuration.master(),
            slave: try configuration.slave(),
            executors: executors,
            logger: Logger(label: "embedded") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// The fields of a request that builds the directory.
    var request: [String: JSONValue] { ["type": "directory", "project_directory": .string(scratch.path)] }

    /// Builds a job file and hands the end of the build to `body` while the cluster is up.
    func build<Success: Sendable>(
        _ jobFile: String,
        _ body: @escaping @Sendable (MasterClient, BuildRepresentation) async throws -> Success
    ) async throws -> Success {
        try scratch.write(jobFile, to: "clusterrunner.yaml")
        let request = request
        return try await cluster.run { client in
            let build = try await client.createBuild(request)
            let console = BuildConsole(mode: .quiet, style: .plain, timekeeper: .system())
            return try await body(
                client,
                try await BuildWatch(client: client, build: build, console: console).untilEnd()
            )
        }
    }
}
