import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin

/// The verb `clusterrunner dashboard`.
struct DashboardVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard",
        abstract: "Show the dashboard of the master, or of this machine's builds.",
        discussion: """
            When no master answers, it serves the builds of the embedded cluster on this machine until Ctrl-C; those of \
            the cluster that ran the newest build, or the given one.
            """
    )

    @OptionGroup var common: CommonOptions

    @Option(name: .shortAndLong, help: "The port to serve on, at 127.0.0.1 (default: any free one).")
    var port = 0

    @Argument(help: "The number of a build of the embedded cluster.")
    var build: BuildID?

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port \(port): it must be 0 to 65535.") }
    }

    func run() async throws {
        let options = MasterOptions(common: common)
        try await options.withMaster { client in
            let number = build.map { "/builds/\($0)" } ?? ""
            Terminal.print("Dashboard: \(client.address.url)/dashboard\(number)")
        } locally: { local, error in
            guard let place = try await place(in: local, options, error) else { throw error }
            try await serve(place, local)
        }
    }

    private func place(
        in local: LocalBuilds,
        _ options: MasterOptions,
        _ error: MasterUnreachable
    ) async throws -> LocalBuilds.Place? {
        if let build { return try await options.place(of: build, in: local, after: error) }
        Terminal.printError("\(error) These are the builds of the embedded cluster on this machine.")
        return try await local.newest()
    }

    /// Serves the dashboard until a signal, or names the one of a cluster that is running.
    private func serve(_ place: LocalBuilds.Place, _ local: LocalBuilds) async throws {
        let page = "dashboard" + (build.map { "/builds/\($0)" } ?? "")
        guard let lock = try BaseDirectoryLock.ifFree(place.directory) else {
            guard let endpoint = EmbeddedEndpoint.read(in: place.directory) else {
                throw ClusterRunnerError(.unavailable, "The embedded cluster is just beginning or ending. Try again.")
            }
            let url = "http://\(EmbeddedMaster.loopback):\(endpoint.port)/\(page)"
            return Terminal.print("Dashboard: \(url), until the build that runs has ended.")
        }
        defer { lock.release() }
        var master = local.master
        master.port = port
        // A login takes the secret that the user knows.
        master.secret = master.configuration.general.secret.bytes
        let ready = master
        try await EndingSignals.withRelay { signals in
            try await ready.run(in: place.directory) { connection, _ in
                Terminal.print("Dashboard: \(connection.address.url)/\(page), until Ctrl-C.")
                for await _ in signals.listen() { return }
            }
        }
    }
}
