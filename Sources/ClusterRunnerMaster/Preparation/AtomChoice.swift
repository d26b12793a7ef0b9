package import ClusterRunnerJobFile
package import ClusterRunnerPlugin

/// The atoms that a request wants of those that the job lists, and how often.
package struct AtomChoice: Sendable, Equatable {
    private let filter: AtomFilter?
    private let onlyFailed: Bool
    /// The keys of the job that the request sets otherwise.
    package let overrides: JobOverrides

    /// Reads the parameters of a request.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument``.
    package init(_ parameters: ProjectParameters) throws {
        filter = try parameters.atomsFilter.map { try AtomFilter($0) }
        onlyFailed = parameters.onlyFailed
        overrides = try parameters.jobOverrides.map { try JobOverrides($0) } ?? JobOverrides()
    }

    /// Chooses from the listed atoms; `earlier` reads the failures of earlier builds if they are needed.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` when nothing is left.
    package func choose(
        from listed: [Atom],
        of job: String,
        earlier: () async throws -> EarlierFailures?
    ) async throws -> [Atom] {
        var atoms = listed
        if let filter { atoms = try filter.apply(to: atoms, of: job) }
        if onlyFailed {
            guard let earlier = try await earlier() else {
                throw ClusterRunnerError(
                    .failed,
                    "No build of the job \"\(job)\" of this project is known, so it is not known what failed. "
                        + "Build all of it first."
                )
            }
            atoms = try earlier.choose(from: atoms, of: job)
        }
        return try overrides.repeated(atoms)
    }
}
