package import ClusterRunnerDomain

/// The paths of pages.
package enum DashboardPath {
    package static let builds = "/dashboard/builds"
    package static let slaves = "/dashboard/slaves"
    package static let jobs = "/dashboard/jobs"
    package static let login = "/dashboard/login"
    package static let assets = "/dashboard/assets"

    /// Returns the path of a build.
    package static func build(_ id: BuildID) -> String { "\(builds)/\(id)" }

    /// Returns the path of a part of a build.
    package static func build(_ id: BuildID, _ part: BuildPart) -> String {
        part == .overview ? build(id) : "\(build(id))/\(part.rawValue)"
    }

    /// Returns the path of a build's atoms with a status.
    static func atoms(_ id: BuildID, _ status: AtomStatus) -> String {
        QueryString().with("state", status.rawValue).after(build(id, .atoms))
    }

    /// Returns the path of an atom's output.
    package static func atom(build: BuildID, subjob: SubjobID, atom: AtomIndex) -> String {
        "\(Self.build(build))/subjobs/\(subjob)/atoms/\(atom)"
    }

    /// Returns the path of a test case.
    package static func testCase(_ id: CaseID) -> String { "/dashboard/cases/\(id)" }

    /// Returns the path of a build's test cases with an outcome.
    static func cases(_ id: BuildID, _ outcome: CaseOutcome) -> String {
        QueryString().with("outcome", outcome.rawValue).after(build(id, .tests))
    }

    /// Returns the path of a slave.
    package static func slave(_ id: SlaveID) -> String { "\(slaves)/\(id)" }

    /// Returns the path of a job's history.
    package static func job(project: String, name: String) -> String {
        "\(jobs)?\(QueryString().with("project", project).with("job", name))"
    }

    /// Returns the path of the login that leads to a page.
    package static func login(next: String) -> String { "\(login)?\(QueryString().with("next", next))" }
}

/// The pages of a build, as its tabs list them.
package enum BuildPart: String, CaseIterable, Sendable {
    case overview, tests, atoms, timeline, setup, artifacts

    /// The label of its tab.
    var label: String {
        switch self {
        case .overview: "Overview"
        case .tests: "Tests"
        case .atoms: "Atoms"
        case .timeline: "Timeline"
        case .setup: "Set-up"
        case .artifacts: "Artifacts"
        }
    }
}
