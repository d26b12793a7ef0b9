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

    /// The jobs of all builds.
    func jobs() async throws -> [JobRepresentation] {
        var jobs: [JobName: JobRepresentation] = [:]
        for directory in directories {
            for job in try await withClient(in: directory, { try await $0.jobs() }) ?? [] { jobs[job.name] = job }
        }
        return jobs.values.sorted { ($0.job, $0.project) < ($1.job, $1.project) }
    }

    /// Reads the history of a job from the directory in which it was built last.
    ///
    /// Each has its own numbers and its own runs, so that those of several cannot be put together.
    func history(of job: JobName, limit: Int) async throws -> HistoryRepresentation {
        var newest: HistoryRepresentation?
        for directory in directories {
            let history = try await withClient(in: directory) { client -> HistoryRepresentation? in
                guard try await client.jobs().contains(where: { $0.name == job }) else { return nil }
                return try await client.history(of: job, limit: limit)
            }
            guard let history = history ?? nil, history.newestEnd >= newest?.newestEnd ?? 0 else { continue }
            newest = history
        }
        guard let newest else {
            throw ClusterRunnerError(.notFound, "The builds of the job \"\(job.job)\" are gone.")
        }
        return newest
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

    /// Runs an operation that may last longer than the cluster; once more when that has ended meanwhile.
    func withEndingClient<Success: Sendable>(
        in directory: String,
        _ operation: (MasterClient) async throws -> Success
    ) async throws -> Success {
        do {
            if let result = try await withClient(in: directory, operation) { return result }
        } catch is MasterUnreachable {
            // The cluster's process releases the directory when it has torn down its build.
        }
        try await BaseDirectoryLock.waitUntilReleased(directory, within: Self.teardownTime)
        guard let result = try await withClient(in: directory, operation) else {
            throw ClusterRunnerError(.unavailable, "The cluster in \(directory) is about to end. Try again.")
        }
        return result
    }

    /// The time that a cluster has to end after its build.
    private static let teardownTime = Duration.seconds(30)

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

extension JobRepresentation {
    /// The job and its project.
    fileprivate var name: JobName { JobName(project: project, job: job) }
}

extension HistoryRepresentation {
    /// The end of the newest ended build, in seconds since 1970.
    fileprivate var newestEnd: Double { builds.compactMap(\.endedAt).max() ?? 0 }
}
