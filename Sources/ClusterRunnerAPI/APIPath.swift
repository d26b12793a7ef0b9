/// The paths of the master's routes, as clients use them.
public enum APIPath {
    /// All builds; builds are created here.
    public static let builds = "/v1/build"
    /// All slaves; slaves register here.
    public static let slaves = "/v1/slave"
    /// The service's version.
    public static let version = "/v1/version"
    /// Liveness and readiness.
    public static let health = "/v1/health"

    /// One build.
    public static func build(_ id: Int) -> String { "\(builds)/\(id)" }

    /// The archive of a build's results; `format` is a file extension.
    public static func artifacts(build: Int, format: String, of selection: ResultsSelection = .all) -> String {
        let query = selection == .all ? "" : "?atoms=\(selection.rawValue)"
        return "\(builds)/\(build)/artifacts.\(format)\(query)"
    }

    /// The set-ups and teardowns of a build.
    public static func setup(build: Int) -> String { "\(builds)/\(build)/setup" }

    /// One subjob.
    public static func subjob(build: Int, _ subjob: Int) -> String { "\(builds)/\(build)/subjob/\(subjob)" }

    /// The console output of an atom.
    public static func console(build: Int, subjob: Int, atom: Int) -> String {
        "\(Self.subjob(build: build, subjob))/atom/\(atom)/console"
    }

    /// The slaves' requests for the project of a build.
    public static func project(build: Int) -> String { "\(builds)/\(build)/project" }

    /// One slave.
    public static func slave(_ id: Int) -> String { "\(slaves)/\(id)" }

    /// Something a slave does or reports.
    public static func slave(_ id: Int, _ action: SlaveAction) -> String { "\(slaves)/\(id)/\(action.rawValue)" }

    /// Where a slave uploads the artifacts of finished atoms, before it reports them.
    public static func upload(slave: Int, name: String) -> String { "\(slaves)/\(slave)/upload/\(name)" }

    /// The last part of the paths of the slave protocol.
    public enum SlaveAction: String, Sendable, CaseIterable {
        case instructions, heartbeat, setup, command, console, results, teardown, shutdown, goodbye
    }
}
