/// The paths of the pages.
package enum DashboardPath {
    package static let builds = "/dashboard/builds"
    package static let slaves = "/dashboard/slaves"
    package static let jobs = "/dashboard/jobs"
    package static let login = "/dashboard/login"
    package static let assets = "/dashboard/assets"

    /// A build.
    package static func build(_ id: Int) -> String { "\(builds)/\(id)" }

    /// A part of a build that has a page of its own.
    package static func build(_ id: Int, _ part: BuildPart) -> String {
        part == .overview ? build(id) : "\(build(id))/\(part.rawValue)"
    }

    /// The output of an atom.
    package static func atom(build: Int, subjob: Int, atom: Int) -> String {
        "\(Self.build(build))/subjobs/\(subjob)/atoms/\(atom)"
    }

    /// A slave.
    package static func slave(_ id: Int) -> String { "\(slaves)/\(id)" }

    /// The history of a job.
    package static func job(project: String, name: String) -> String {
        "\(jobs)?\(QueryString().with("project", project).with("job", name))"
    }

    /// Where to log in, and to which page that leads.
    package static func login(next: String) -> String { "\(login)?\(QueryString().with("next", next))" }
}

/// The pages of a build, as its tabs list them.
package enum BuildPart: String, CaseIterable, Sendable {
    case overview, atoms, timeline, setup, artifacts

    /// What its tab says.
    var label: String {
        switch self {
        case .overview: "Overview"
        case .atoms: "Atoms"
        case .timeline: "Timeline"
        case .setup: "Set-up"
        case .artifacts: "Artifacts"
        }
    }
}
