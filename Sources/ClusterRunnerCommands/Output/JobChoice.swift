import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The choice of one job among those of a master, by its name and, where several projects have it, by its project.
struct JobChoice: Sendable {
    let job: String
    /// The project, or a part of its name that no other project has.
    var project: String?

    /// The maximum number of names in an error.
    private static let shownNames = 10

    /// Finds the job.
    ///
    /// - Throws: ``ClusterRunnerError`` with the names that there are.
    func find(among jobs: [JobRepresentation]) throws -> JobName {
        let named = jobs.filter { $0.job == job }
        guard !named.isEmpty else { throw unknownJob(among: jobs) }
        let exact = named.filter { $0.project == project }
        let suitable = exact.isEmpty ? named.filter { $0.project.contains(project ?? "") } : exact
        guard !suitable.isEmpty else {
            throw ClusterRunnerError(
                .notFound,
                "No project \"\(project ?? "")\" has a job \"\(job)\". Those that have one: \(projects(of: named))."
            )
        }
        guard suitable.count == 1 else {
            throw ClusterRunnerError(
                .invalidArgument,
                "Several projects have a job \"\(job)\": \(projects(of: suitable)). Choose one with --project."
            )
        }
        return JobName(project: suitable[0].project, job: job)
    }

    private func projects(of jobs: [JobRepresentation]) -> String { Self.list(jobs.map(\.project)) }

    private func unknownJob(among jobs: [JobRepresentation]) -> ClusterRunnerError {
        let names = Set(jobs.map(\.job)).sorted()
        guard !names.isEmpty else { return ClusterRunnerError(.notFound, "There are no builds yet.") }
        let near = nearestName(to: job, among: names)
        let hint = near.map { "Did you mean \"\($0)\"?" } ?? "Jobs with builds: \(Self.list(names))."
        return ClusterRunnerError(.notFound, "There are no builds of a job \"\(job)\". \(hint)")
    }

    private static func list(_ names: [String]) -> String {
        let more = names.count > shownNames ? " and \(names.count - shownNames) more" : ""
        return names.prefix(shownNames).joined(separator: ", ") + more
    }
}
