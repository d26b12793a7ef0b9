import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
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
    func findings(of atoms: [Atom], projectID: String, jobName: String) async throws -> Findings {
        for directory in directories {
            guard FileManager.default.fileExists(atPath: "\(directory)/clusterrunner.db"),
                let lock = try BaseDirectoryLock.ifFree(directory)
            else { continue }
            defer { lock.release() }
            let findings = try await findings(of: atoms, in: directory, projectID, jobName)
            if findings.lastBuild != nil || !findings.timings.isEmpty { return findings }
        }
        return Findings()
    }

    private var directories: [String] {
        let embedded = DirectoryListing.texts(in: "\(baseDirectory)/embedded")
        return embedded.compactMap { Int($0) }.sorted().map { "\(baseDirectory)/embedded/\($0)" }
            + ["\(baseDirectory)/master"]
    }

    private func findings(
        of atoms: [Atom],
        in directory: String,
        _ projectID: String,
        _ jobName: String
    ) async throws -> Findings {
        let store = try makeStore("\(directory)/clusterrunner.db", nil)
        let timings = try await store.timings(of: atoms, projectID: projectID, jobName: jobName, limit: 10)
        let query = BuildQuery(states: [.finished], newestFirst: true, page: StorePage(limit: Self.searchedBuilds))
        let last = try await store.builds(query).first { build in
            build.projectID == projectID && build.jobName == jobName && build.parameters.atomsOverride == nil
        }
        let earlier = last.flatMap { build in build.progress.atoms.map { EarlierBuild(id: build.id, atoms: $0) } }
        return Findings(timings: timings, lastBuild: earlier)
    }
}
