package import ClusterRunnerDomain
package import ClusterRunnerPlugin
package import ClusterRunnerWire
import NIOHTTP1

/// A master's API for slaves.
package struct SlaveClient: Sendable {
    private let connection: MasterConnection
    private let tokens = RegistrationTokens()

    /// Creates a client.
    package init(_ connection: MasterConnection) {
        self.connection = connection
    }

    /// The address of the master.
    package var address: MasterAddress { connection.address }

    /// Registers the slave with the master, which gives it a number and a token.
    package func register(_ registration: SlaveRegistration) async throws -> SlaveWelcome {
        var registration = registration
        registration.token = registration.token ?? tokens.token(ofSession: registration.sessionID)
        let body = MasterConnection.Body.bytes(try JSONCoding.encode(registration))
        let answer = try await connection.request(.POST, APIPath.slaves, body: body)
        let welcome = try JSONCoding.decode(SlaveWelcome.self, from: answer)
        tokens.keep(welcome, session: registration.sessionID)
        return welcome
    }

    /// Opens the stream of instructions.
    package func instructions(slave: SlaveID) async throws -> AsyncThrowingStream<SlaveInstruction, any Error> {
        let path = APIPath.slave(slave, .instructions)
        let pieces = try await connection.stream(.GET, path, headers: tokens.headers(of: slave))
        let lines = StreamReader(pieces, LineParser())
        return AsyncThrowingStream {
            try await lines.next().map { try JSONCoding.decode(SlaveInstruction.self, from: $0) }
        }
    }

    /// Sends a heartbeat; returns the leases to stop.
    package func heartbeat(_ heartbeat: SlaveHeartbeat, slave: SlaveID) async throws -> [LeaseID] {
        try await exchange(.heartbeat, of: slave, heartbeat, for: HeartbeatAnswer.self).lostLeases
    }

    /// Reports the end of a set-up.
    package func report(_ report: SetupReport, slave: SlaveID) async throws {
        _ = try await post(.setup, of: slave, report)
    }

    /// Reports further output of a running atom; returns the number of its bytes that the master has.
    package func report(_ report: ConsoleReport, slave: SlaveID) async throws -> Int {
        try JSONCoding.decode(ConsoleReceipt.self, from: try await post(.console, of: slave, report)).length
    }

    /// Reports further output of a running set-up or teardown; returns the number of its bytes that the master has.
    package func report(_ report: CommandReport, slave: SlaveID) async throws -> Int {
        try JSONCoding.decode(ConsoleReceipt.self, from: try await post(.command, of: slave, report)).length
    }

    /// Reports finished atoms; the answer may contain more work and names the refused reports.
    package func report(_ report: ResultsReport, slave: SlaveID) async throws -> ResultsAnswer {
        try await exchange(.results, of: slave, report, for: ResultsAnswer.self)
    }

    /// Reports the end of a teardown.
    package func report(_ report: TeardownReport, slave: SlaveID) async throws {
        _ = try await post(.teardown, of: slave, report)
    }

    /// Asks the master to give the slave no more work, and to release it after its current work.
    package func requestShutdown(slave: SlaveID) async throws {
        _ = try await post(.shutdown, of: slave, JSONValue.object([:]))
    }

    /// Reports that the slave exits.
    package func sayGoodbye(slave: SlaveID) async throws {
        _ = try await post(.goodbye, of: slave, JSONValue.object([:]))
    }

    /// Uploads an archive of artifacts; returns notes about those that the master could not unpack, by atom directory.
    @discardableResult
    package func upload(_ path: String, name: String, slave: SlaveID) async throws -> [String: [String]] {
        let target = APIPath.upload(slave: slave, name: name)
        let headers = tokens.headers(of: slave)
        let bytes = try await connection.request(.PUT, target, body: .file(path), headers: headers)
        return try JSONCoding.decode(UploadAnswer.self, from: bytes).notes ?? [:]
    }

    /// Returns the source of a build's project on the master.
    package func projectSource(build: BuildID) -> any ProjectSource {
        MasterProjectSource(connection: connection, build: build)
    }

    /// Posts a value and decodes the answer, which may come with an objection.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidState`` for an answer with only an
    ///   objection.
    private func exchange<Answer: Decodable>(
        _ action: APIPath.SlaveAction,
        of slave: SlaveID,
        _ value: some Encodable,
        for type: Answer.Type
    ) async throws -> Answer {
        let body = MasterConnection.Body.bytes(try JSONCoding.encode(value))
        let bytes = try await connection.request(
            .POST,
            APIPath.slave(slave, action),
            body: body,
            exception: .conflict,
            headers: tokens.headers(of: slave)
        )
        do {
            return try JSONCoding.decode(type, from: bytes)
        } catch {
            guard let failure = try? JSONCoding.decode(FailureAnswer.self, from: bytes) else { throw error }
            throw ClusterRunnerError(.invalidState, failure.error)
        }
    }

    private func post(_ action: APIPath.SlaveAction, of slave: SlaveID, _ value: some Encodable) async throws -> [UInt8]
    {
        let body = MasterConnection.Body.bytes(try JSONCoding.encode(value))
        let path = APIPath.slave(slave, action)
        return try await connection.request(.POST, path, body: body, headers: tokens.headers(of: slave))
    }
}

/// The project of a build on the master, asked over HTTP.
private struct MasterProjectSource: ProjectSource {
    let connection: MasterConnection
    let build: BuildID

    func request(_ body: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        try await connection.stream(.POST, APIPath.project(build: build), body: body)
    }
}
