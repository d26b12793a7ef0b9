import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire
import Testing

/// A slave that a test plays: it runs no commands, and sends the test's messages over a real connection.
struct PlayedSlave: Sendable {
    let id: SlaveID
    let session: String
    let token: String
    private let client: SlaveClient
    private let instructions: Instructions

    /// Registers and opens the stream of instructions.
    init(
        _ master: LiveMaster,
        executors: Int = 1,
        session: String = "s1",
        url: String = "played:1",
        hold: HeldBuild? = nil,
        token: String? = nil
    ) async throws {
        client = master.slaves
        self.session = session
        let registration = SlaveRegistration(
            slave: url,
            numExecutors: executors,
            sessionID: session,
            hold: hold,
            token: token
        )
        let welcome = try await client.register(registration)
        id = welcome.slaveID
        self.token = welcome.token
        instructions = Instructions(try await client.instructions(slave: id))
    }

    /// Returns the next instruction; nil when the master closed the stream.
    func next() async throws -> SlaveInstruction? {
        try await instructions.next()
    }

    /// Takes part in a build: waits for the instruction, reports the set-up, and returns the leases.
    func join(build: BuildID) async throws -> [LeaseGrant] {
        let first = try #require(try await next())
        guard case .setUp(let setup) = first, setup.build == build else {
            throw ClusterRunnerError(.failed, "The slave was told \(first), not to set build \(build) up.")
        }
        try await client.report(SetupReport(build: build, failure: nil), slave: id)
        return try await work()
    }

    /// Waits for work.
    func work() async throws -> [LeaseGrant] {
        let next = try #require(try await next())
        guard case .run(let grants) = next else {
            throw ClusterRunnerError(.failed, "The slave was told \(next), not to run something.")
        }
        return grants
    }

    /// Reports an atom of a grant.
    func report(
        _ grant: LeaseGrant,
        atom: AtomIndex = 0,
        _ result: AtomResult = AtomResult(exitCode: 0, seconds: 0.5),
        upload: String? = nil
    ) async throws -> ResultsAnswer {
        let report = AtomReport(
            lease: grant.lease,
            subjob: grant.subjob,
            atom: atom,
            executor: 0,
            result: result
        )
        return try await client.report(
            ResultsReport(build: grant.build, upload: upload, reports: [report]),
            slave: id
        )
    }
}

/// A reader of instructions in a stream.
private actor Instructions {
    private var iterator: AsyncThrowingStream<SlaveInstruction, any Error>.Iterator

    init(_ stream: AsyncThrowingStream<SlaveInstruction, any Error>) {
        iterator = stream.makeAsyncIterator()
    }

    func next() async throws -> SlaveInstruction? {
        var copy = iterator
        defer { iterator = copy }
        return try await copy.next(isolation: #isolation)
    }
}
