import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation

/// The builds of the embedded clusters on this machine.
///
/// Each directory of a cluster has its own numbers. A running cluster is asked through its endpoint; the directory of
/// an ended one is opened by a master inside this process.
struct LocalBuilds: Sendable {
    var master: EmbeddedMaster

    /// A build and the directory of its cluster.
    struct Place: Sendable {
        let directory: String
        let build: BuildRepresentation
        /// The number of builds with this number.
        let namesakes: Int
    }

    /// The directory of all clusters.
    var base: String { EmbeddedSlot.base(under: master.configuration.general.baseDirectory) }

    /// The directories of clusters that ran a build.
    private var directories: [String] {
        DirectoryListing.texts(in: base).compactMap { Int($0) }.sorted().map { "\(base)/\($0)" }
            .filter { FileManager.default.fileExists(atPath: "\($0)/clusterrunner.db") }
    }

    /// Whether there are any.
    var isEmpty: Bool { directories.isEmpty }

    /// Reads all builds, the one requested first at the beginning.
    func builds() async throws -> [BuildRepresentation] {
        var builds: [BuildRepresentation] = []
        for directory in directories {
            builds += try await withClient(in: directory) { try await $0.builds() } ?? []
        }
        return builds.sorted { ($0.timestamps[.queued] ?? 0, $0.id) < ($1.timestamps[.queued] ?? 0, $1.id) }
    }

    /// Finds the build requested last; nil if there is none.
    func newest() async throws -> Place? {
        var found: Place?
        for directory in directories {
            let last = try await withClient(in: directory) { try await $0.builds().last } ?? nil
            guard let last, last.timestamps[.queued] ?? 0 >= found?.build.timestamps[.queued] ?? 0 else { continue }
            found = Place(directory: directory, build: last, namesakes: 1)
        }
        return found
    }

    /// Finds a build; of several with its number, the one requested last.
    func place(of build: BuildID) async throws -> Place? {
        var found: [(directory: String, build: BuildRepresentation)] = []
        for directory in directories {
            let status = try await withClient(in: directory) { client -> BuildRepresentation? in
                do {
                    return try await client.build(build)
                } catch let error as ClusterRunnerError where error.code == .notFound {
                    return nil
                }
            }
            if let status = status ?? nil { found.append((directory, status)) }
        }
        let newest = found.max { ($0.build.timestamps[.queued] ?? 0) < ($1.build.timestamps[.queued] ?? 0) }
        return newest.map { Place(directory: $0.directory, build: $0.build, namesakes: found.count) }
    }

    /// Runs an operation with a client of a cluster's master; nil when the cluster is just beginning or ending.
    func withClient<Success: Sendable>(
        in directory: String,
        _ operation: (MasterClient) async throws -> Success
    ) async throws -> Success? {
        if let lock = try BaseDirectoryLock.ifFree(directory) {
            defer { lock.release() }
            // A build that begins now waits for this look, and does not begin another directory with new numbers.
            lock.markEnding()
            return try await master.run(in: directory) { connection, _ in
                try await operation(MasterClient(connection))
            }
        }
        guard let endpoint = EmbeddedEndpoint.read(in: directory) else { return nil }
        return try await master.withConnection(to: endpoint) { try await operation(MasterClient($0)) }
    }
}
