import ClusterRunnerArchive
import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerProcess
import ClusterRunnerScheduling
import ClusterRunnerStore
import ClusterRunnerWire
import DirectoryProjectType
import Foundation
import HummingbirdTesting
import Logging
import ServiceLifecycle

@testable import ClusterRunnerMaster

/// A master that listens on a free port, with a store on disk, and clients of every kind.
struct LiveMaster: Sendable {
    /// The test's directory; the master's own is `master` in it.
    let directory: String
    let port: Int
    let store: SQLiteBuildStore
    let client: MasterClient
    let slaves: SlaveClient
    let web: WebClient

    static let secret = Array("a secret of the tests".utf8)

    /// Writes a project with a job file and returns the fields of a request to build it.
    func project(_ jobFile: String, name: String = "project") throws -> [String: JSONValue] {
        let path = "\(directory)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try jobFile.write(toFile: "\(path)/clusterrunner.yaml", atomically: true, encoding: .utf8)
        return ["type": "directory", "project_directory": .string(path)]
    }

    /// Returns a job with a number of atoms.
    static func job(atoms: Int, extra: String = "") -> String {
        "Unit:\n  commands: [\"true\"]\n  atomizers: [{A: \"seq \(atoms)\"}]\n\(extra)"
    }

    /// Returns the token that every master in a directory gives to a session.
    static func token(of session: String, in directory: String) throws -> String {
        try SlaveTokens(key: try RegistrationKey.load(in: "\(directory)/master")).token(of: session)
    }

    /// Starts a master below a directory, runs `body` with it, and returns when the master has ended.
    static func run<Success: Sendable>(
        in directory: String,
        _ change: (inout MasterSettings) -> Void = { _ in },
        over wrap: (SQLiteBuildStore) -> any BuildStore = { $0 },
        _ body: @Sendable (LiveMaster) async throws -> Success
    ) async throws -> Success {
        let authenticator = try MessageAuthenticator(key: secret)
        let store = try SQLiteBuildStore(path: "\(directory)/store.db")
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let service = service(in: directory, wrap(store), authenticator, change) { continuation.yield($0) }
        let group = ServiceGroup(services: [service], logger: .silent)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { continuation.finish() }
                try await group.run()
            }
            guard let port = await ports.first(where: { _ in true }) else {
                try await tasks.waitForAll()
                throw ClusterRunnerError(.failed, "The master ended before it listened.")
            }
            let result = await lend(port, directory, store, authenticator, body)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try store.close()
            return try result.get()
        }
    }

    /// Makes a master that does not run.
    static func service(
        in directory: String,
        _ store: any BuildStore,
        _ authenticator: MessageAuthenticator,
        _ change: (inout MasterSettings) -> Void = { _ in },
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> MasterService {
        MasterService(
            settings: settings(directory, change),
            parts: parts(store, authenticator),
            logger: .silent,
            onListening: onListening
        )
    }

    private static func lend<Success: Sendable>(
        _ port: Int,
        _ directory: String,
        _ store: SQLiteBuildStore,
        _ authenticator: MessageAuthenticator,
        _ body: @Sendable (LiveMaster) async throws -> Success
    ) async -> Result<Success, any Error> {
        do {
            let address = MasterAddress(host: "127.0.0.1", port: port)
            let connection = try MasterConnection(address: address, authenticator: authenticator)
            let web = TestClient(host: "127.0.0.1", port: port, configuration: .init(timeout: .seconds(600)))
            web.connect()
            let master = LiveMaster(
                directory: directory,
                port: port,
                store: store,
                client: MasterClient(connection),
                slaves: SlaveClient(connection),
                web: WebClient(client: web, authenticator: authenticator)
            )
            let result: Result<Success, any Error>
            do { result = .success(try await body(master)) } catch { result = .failure(error) }
            await connection.shutDown()
            try await web.shutdown()
            return result
        } catch {
            return .failure(error)
        }
    }

    private static func settings(_ directory: String, _ change: (inout MasterSettings) -> Void) -> MasterSettings {
        var settings = MasterSettings(
            endpoint: .init(host: "127.0.0.1", port: 0),
            hostname: "localhost",
            baseDirectory: "\(directory)/master",
            version: "1.2.3",
            inheritedEnvironment: ["PATH": "/usr/bin:/bin"]
        )
        // Played slaves send no heartbeats.
        settings.policy.slaveTimeout = .seconds(100)
        change(&settings)
        return settings
    }

    private static func parts(_ store: any BuildStore, _ authenticator: MessageAuthenticator) -> MasterParts {
        MasterParts(
            store: store,
            runner: ProcessCommandRunner(logger: .silent),
            archiver: LibArchiver(),
            downloader: RemoteFileDownloader(),
            projectTypes: ProjectTypeRegistry([DirectoryProjectType.self]),
            authenticator: authenticator,
            timekeeper: .system(),
            notifications: NotificationParts(
                authenticator: authenticator,
                runner: ProcessCommandRunner(logger: .silent),
                environment: ["PATH": "/usr/bin:/bin"]
            ) {
                HTTPNotificationSender()
            }
        )
    }
}

extension Logger {
    /// A logger without output.
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
