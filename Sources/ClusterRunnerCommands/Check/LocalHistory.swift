import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerMaster
import ClusterRunnerPlugin
import Foundation
import Logging

/// The history of a job on this machine, from embedded clusters and from a master that is not running.
///
/// It is read from their stores, so that no master need answer; the stores of running clusters are left alone.
struct LocalHistory: Sendable {
    let baseDirectory: String
    let makeStore: @Sendable (_ path: String, _ logger: Logger?) throws -> any BuildStore

    /// The history found.
    struct Findings: Sendable {
        var timings: [Atom: [Double]] = [:]
        var lastBuild: EarlierBuild?
    }

    /// The number of builds searched for the last one of the job.
    private static let searchedBuilds = 200

    /// Searches the history of a job and of its atoms; the first store with any is used.
    func findings(of atoms: [Atom], _ job: JobName) async throws -> Findings {
        let found = try await first { store in
            let findings = try await findings(of: atoms, in: store, job)
            return findings.lastBuild != nil || !findings.timings.isEmpty ? findings : nil
        }
        return found ?? Findings()
    }

    /// Searches the atoms of a job that failed when they last ran; nil if no store knows the job.
    func failures(of job: JobName) async throws -> EarlierFailures? {
        try await first { try await EarlierFailures(of: job, in: $0) }
    }

    /// Returns what `search` finds in the first store that has it.
    private func first<Found>(_ search: (any BuildStore) async throws -> Found?) async throws -> Found? {
        for directory in directories {
            guard FileManager.default.fileExists(atPath: "\(directory)/clusterrunner.db"),
                let lock = try BaseDirectoryLock.ifFree(directory)
            else { continue }
            defer { lock.release() }
            lock.markEnding()
            if let found = try await search(try makeStore("\(directory)/clusterrunner.db", nil)) { return found }
        }
        return nil
    }

    private var directories: [String] {
        let embedded = DirectoryListing.texts(in: "\(baseDirectory)/embedded")
        return embedded.compactMap { Int($0) }.sorted().map { "\(baseDirectory)/embedded/\($0)" }
            + ["\(baseDirectory)/master"]
    }

    private func findings(of atoms: [Atom], in store: any BuildStore, _ job: JobName) async throws -> Findings {
        let timings = try await store.timings(of: atoms, projectID: job.project, jobName: job.job, limit: 10)
        let query = BuildQuery(states: [.finished], newestFirst: true, page: StorePage(limit: Self.searchedBuilds))
        let last = try await store.builds(query).first { build in
            build.projectID == job.project && build.jobName == job.job && !build.parameters.isPartial
                && build.parameters.jobOverrides == nil
        }
        let earlier = last.flatMap { build in build.progress.atoms.map { EarlierBuild(id: build.id, atoms: $0) } }
        return Findings(timings: timings, lastBuild: earlier)
    }
}
