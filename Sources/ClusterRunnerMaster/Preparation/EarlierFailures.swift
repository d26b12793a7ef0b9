package import ClusterRunnerDomain
package import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// The atoms of a job that failed when they last ran.
///
/// A build of some atoms, or a canceled one, says nothing about the others: for those the builds before it count, back
/// to the last one that ran all atoms. So the failures of a build stay known while they are mended one by one.
package struct EarlierFailures: Sendable, Equatable {
    /// The newest build that counts.
    package let build: BuildID
    /// The atoms.
    package let atoms: Set<Atom>

    /// The number of builds of a store that are searched.
    private static let searchedBuilds = 1000

    /// Reads the failures from a store; nil if no build of the job has ended.
    package init?(of job: JobName, in store: any BuildStore) async throws {
        let page = StorePage(limit: Self.searchedBuilds)
        let query = BuildQuery(states: [.finished, .canceled], newestFirst: true, page: page)
        let builds = try await store.builds(query).filter { $0.projectID == job.project && $0.jobName == job.job }
        guard let newest = builds.first else { return nil }
        var (judged, failed): (Set<Atom>, Set<Atom>) = ([], [])
        for build in builds {
            let failures = try await store.atoms(AtomQuery(build: build.id, outcome: .failed)).map(\.atom)
            failed.formUnion(Set(failures).subtracting(judged))
            if build.ranEverything { break }
            let atoms = try await store.atoms(AtomQuery(build: build.id)).filter { $0.state == .completed }
            judged.formUnion(atoms.map(\.atom))
        }
        self.build = newest.id
        atoms = failed
    }

    /// Returns those of the listed atoms that failed.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` when there are none.
    package func choose(from listed: [Atom], of job: String) throws -> [Atom] {
        guard !atoms.isEmpty else {
            throw ClusterRunnerError(
                .failed,
                "No atom of the job \"\(job)\" failed when it last ran, up to build \(build), so there is nothing to run."
            )
        }
        let chosen = listed.filter(atoms.contains)
        guard !chosen.isEmpty else {
            let count = atoms.count == 1 ? "The atom" : "None of the \(atoms.count) atoms"
            let rest = atoms.count == 1 ? "is no longer listed" : "is still listed"
            throw ClusterRunnerError(
                .failed,
                "\(count) of the job \"\(job)\" that failed up to build \(build) \(rest)."
            )
        }
        return chosen
    }
}

extension BuildRecord {
    /// Whether it is finished, and ran all atoms that the job listed.
    fileprivate var ranEverything: Bool {
        state == .finished && progress.unrunAtoms == 0 && !parameters.isPartial
    }
}
