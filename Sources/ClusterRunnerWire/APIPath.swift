package import ClusterRunnerDomain

/// The paths of the master's routes, for clients.
package enum APIPath {
    /// The list of builds; also the route that creates one.
    package static let builds = "/v1/build"
    /// The list of slaves; also the route that registers one.
    package static let slaves = "/v1/slave"
    /// The service's version.
    package static let version = "/v1/version"
    /// The jobs, and the history of one.
    package static let history = "/v1/history"
    /// The project types.
    package static let projectTypes = "/v1/project_types"
    /// Liveness and readiness.
    package static let health = "/v1/health"

    /// Returns the path for messages of an upload to a project type.
    package static func upload(type: String) -> String { "\(projectTypes)/\(type)/upload" }

    /// Returns the path of one build.
    package static func build(_ id: BuildID) -> String { "\(builds)/\(id)" }

    /// Returns the path of the archive of a build's results; `format` is a file extension.
    package static func artifacts(build: BuildID, format: String, of selection: ResultsSelection = .all) -> String {
        let query = selection == .all ? "" : "?atoms=\(selection.rawValue)"
        return "\(builds)/\(build)/artifacts.\(format)\(query)"
    }

    /// Returns the path of a build's set-ups and teardowns.
    package static func setup(build: BuildID) -> String { "\(builds)/\(build)/setup" }

    /// Returns the path of one subjob.
    package static func subjob(build: BuildID, _ subjob: SubjobID) -> String { "\(builds)/\(build)/subjob/\(subjob)" }

    /// Returns the path of a build's test cases.
    package static func cases(build: BuildID) -> String { "\(builds)/\(build)/case" }

    /// Returns the path of the history of a test case.
    package static func caseHistory(_ id: CaseID) -> String { "\(history)/case/\(id)" }

    /// Returns the path of an atom's console output.
    package static func console(build: BuildID, subjob: SubjobID, atom: AtomIndex) -> String {
        "\(Self.subjob(build: build, subjob))/atom/\(atom)/console"
    }

    /// Returns the path of the slaves' requests for the project of a build.
    package static func project(build: BuildID) -> String { "\(builds)/\(build)/project" }

    /// Returns the path of one slave.
    package static func slave(_ id: SlaveID) -> String { "\(slaves)/\(id)" }

    /// Returns the path of an action or a report of a slave.
    package static func slave(_ id: SlaveID, _ action: SlaveAction) -> String { "\(slaves)/\(id)/\(action.rawValue)" }

    /// Returns the path of an upload with the artifacts of finished atoms, sent before their report.
    package static func upload(slave: SlaveID, name: String) -> String { "\(slaves)/\(slave)/upload/\(name)" }

    /// The last part of the paths of the slave protocol.
    package enum SlaveAction: String, Sendable, CaseIterable {
        case instructions, heartbeat, setup, command, console, results, teardown, shutdown, goodbye
    }
}
