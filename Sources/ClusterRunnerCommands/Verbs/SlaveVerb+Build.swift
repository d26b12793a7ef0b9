import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import ClusterRunnerSlave
import ClusterRunnerWire
import Logging

/// The slave that works for one build, as a job of a CI system.
extension SlaveVerb {
    /// Waits for the master of a key, works for its build, and leaves.
    func work(forBuild text: String, _ program: Composition) async throws {
        let key = try BuildKey(text, option: "--for-build")
        try common.requireCommonSecret(program.environment)
        let configuration = try loadForBuild(program)
        let general = configuration.general
        let authenticator = try MessageAuthenticator(key: try key.secret(from: general.secret))
        let address = try general.masterAddress(
            flag: masterUrl,
            host: configuration.masterHostname,
            port: configuration.masterPort
        )
        let exit = try await EndingSignals.withRelay { signals in
            try await general.withConnection(to: address, authenticator) { connection -> CommandExit? in
                let client = MasterClient(connection)
                if let exit = try await search(for: key, client, signals) { return exit.exit }
                let end = try await join(key, configuration, program, connection, authenticator, signals)
                return try conclude(end, key, address)
            }
        }
        if let exit { throw exit }
    }

    /// Several jobs of a machine may be slaves at once, so the port is free by default; a job has one executor per core.
    private func loadForBuild(_ program: Composition) throws -> SlaveConfiguration {
        let keys = SlaveConfiguration.keys
        let loaded = try common.load(program)
        let isChosen = port != nil || loaded.isConfigured(keys.port, for: .slave)
        let executors = try numExecutors ?? "\(loaded.embeddedExecutors())"
        return try loaded.slave(flags: [
            keys.port: isChosen ? port : "0", keys.numExecutors: executors, keys.slaveName: name,
            GeneralConfiguration.keys.eventlogFilename: eventlogFile,
        ])
    }

    /// The exit of a job that works for no build.
    private struct Absence {
        let exit: CommandExit?
    }

    /// Waits for the master; nil when it is there.
    private func search(for key: BuildKey, _ client: MasterClient, _ signals: EndingSignals) async throws -> Absence? {
        let search = KeyedMasterSearch(
            client: client,
            key: key,
            patience: .seconds(join.wait),
            timekeeper: .system(),
            say: say
        )
        let found = await signals.untilNext { () async -> Result<String?, any Error> in
            do { return .success(try await search.find()) } catch { return .failure(error) }
        }
        guard let found else { return Absence(exit: .interrupted) }
        guard let sentence = try found.get() else { return nil }
        guard join.allowLate else { throw ClusterRunnerError(.unavailable, sentence) }
        Terminal.printError("\(sentence) This job has nothing to do.")
        return Absence(exit: nil)
    }

    private func join(
        _ key: BuildKey,
        _ configuration: SlaveConfiguration,
        _ program: Composition,
        _ connection: MasterConnection,
        _ authenticator: MessageAuthenticator,
        _ signals: EndingSignals
    ) async throws -> JoinedBuild.End? {
        let general = configuration.general
        let slot = try await EmbeddedSlot.take(under: "\(general.baseDirectory)/joined")
        defer { slot.release() }
        let number = slot.directory.split(separator: "/").last ?? ""
        let pidFile = try ServiceProcesses(baseDirectory: general.baseDirectory).register(
            name: "slave-for-build-\(number)"
        )
        defer { pidFile.remove() }
        let logger = common.makeLogger("slave", general)
        let types = MachineProjectTypes(program, general, logger)
        let composition = program.with(types)
        async let _ = types.describe(logger)
        let parts = try composition.slaveParts(
            connection: connection,
            authenticator: authenticator,
            general,
            logger: logger
        )
        let settings = try configuration.settings("\(slot.directory)/slave", composition)
        let slave = makeSlave(settings, parts, connection, general, logger)
        let executors = "\(settings.executors) executor\(settings.executors == 1 ? "" : "s")"
        Terminal.print("This slave offers \(executors) to the build of key \(key.text) at \(connection.address).")
        return try await slave.run(until: signals.listen(fromBeginning: false))
    }

    private func makeSlave(
        _ settings: SlaveSettings,
        _ parts: SlaveParts,
        _ connection: MasterConnection,
        _ general: GeneralConfiguration,
        _ logger: Logger
    ) -> JoiningSlave {
        let stop = SlaveStop()
        return JoiningSlave(
            service: SlaveService(settings: settings, parts: parts, stop: stop, logger: logger),
            stop: stop,
            build: JoinedBuild(
                client: MasterClient(connection),
                timekeeper: parts.timekeeper,
                look: min(.seconds(10), general.defaultHTTPTimeout / 2),
                patience: min(.seconds(30), settings.heartbeatInterval * settings.heartbeatFailureThreshold),
                say: say
            ),
            deadline: general.shutdownTimeout,
            timekeeper: parts.timekeeper,
            logger: logger
        )
    }

    private func conclude(_ end: JoinedBuild.End?, _ key: BuildKey, _ address: MasterAddress) throws -> CommandExit? {
        switch end {
        case nil: return .interrupted
        case .ended(let build):
            Terminal.print(
                "Build \(build.id) of key \(key.text) has ended: \(build.stateWord). Its first job has the results."
            )
            return join.exitAsBuild ? BuildRun.exit(of: build) : nil
        case .tooLate:
            // A master that is gone cannot tell whether its build had ended, or its job was lost before.
            let sentence = "The master at \(address) went away without a build of key \(key.text) for this slave."
            guard join.allowLate, !join.exitAsBuild else {
                throw ClusterRunnerError(.unavailable, "\(sentence) See the first job.")
            }
            Terminal.printError("\(sentence) This job has nothing to do.")
            return nil
        case .lost(let error):
            throw ClusterRunnerError(
                .unavailable,
                "The master at \(address) went away before the build of key \(key.text) ended. \(error) See the first job."
            )
        }
    }

    /// Prints a line, unless the command is quiet.
    private var say: @Sendable (String) -> Void {
        let isQuiet = common.quiet
        return { line in if !isQuiet { Terminal.print(line) } }
    }
}
