/// The paths of the master's routes, for clients.
package enum APIPath {
    /// The list of builds; also the route that creates one.
    package static let builds = "/v1/build"
    /// The list of slaves; also the route that registers one.
    package static let slaves = "/v1/slave"
    /// The service's version.
    package static let version = "/v1/version"
    /// Liveness and readiness.
    package static let health = "/v1/health"

    /// One build.
    package static func build(_ id: Int) -> String { "\(builds)/\(id)" }

    /// The archive of a build's results; `format` is a file extension.
    package static func artifacts(build: Int, format: String, of selection: ResultsSelection = .all) -> String {
        let query = selection == .all ? "" : "?atoms=\(selection.rawValue)"
        return "\(builds)/\(build)/artifacts.\(format)\(query)"
    }

    /// The set-ups and teardowns of a build.
    package static func setup(build: Int) -> String { "\(builds)/\(build)/setup" }

    /// One subjob.
    package static func subjob(build: Int, _ subjob: Int) -> String { "\(builds)/\(build)/subjob/\(subjob)" }

    /// The console output of an atom.
    package static func console(build: Int, subjob: Int, atom: Int) -> String {
        "\(Self.subjob(build: build, subjob))/atom/\(atom)/console"
    }

    /// The slaves' requests for the project of a build.
    package static func project(build: Int) -> String { "\(builds)/\(build)/project" }

    /// One slave.
    package static func slave(_ id: Int) -> String { "\(slaves)/\(id)" }

    /// An action or a report of a slave.
    package static func slave(_ id: Int, _ action: SlaveAction) -> String { "\(slaves)/\(id)/\(action.rawValue)" }

    /// An upload of a slave with the artifacts of finished atoms, sent before their report.
    package static func upload(slave: Int, name: String) -> String { "\(slaves)/\(slave)/upload/\(name)" }

    /// The last part of the paths of the slave protocol.
    package enum SlaveAction: String, Sendable, CaseIterable {
        case instructions, heartbeat, setup, command, console, results, teardown, shutdown, goodbye
    }
}
