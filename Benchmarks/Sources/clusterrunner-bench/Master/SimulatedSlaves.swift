import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerWire

/// Slaves without executors: each atom is finished the moment it is leased.
struct SimulatedSlaves {
    private let address: MasterAddress
    private let authenticator: MessageAuthenticator

    init(port: Int) throws {
        address = MasterAddress(host: "127.0.0.1", port: port)
        authenticator = try MessageAuthenticator(key: Array(BenchCluster.secret.utf8))
    }

    /// Runs an operation with registered slaves.
    func connected<Result: Sendable>(
        _ count: Int,
        executors: Int,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let (arrivals, arrival) = AsyncStream<Void>.makeStream()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask {
                    // The wait for all arrivals must not include one that failed.
                    defer { arrival.finish() }
                    try await serve(number, executors) { arrival.yield() }
                }
            }
            var missing = count
            for await _ in arrivals {
                missing -= 1
                if missing == 0 { break }
            }
            if missing > 0 {
                try await group.next()
                throw BenchFailure("A simulated slave ended before all were connected.")
            }
            let result = try await body()
            group.cancelAll()
            // They end by cancellation.
            while let ended = await group.nextResult() { _ = ended }
            return result
        }
    }

    private func serve(_ number: Int, _ executors: Int, _ arrived: @escaping @Sendable () -> Void) async throws {
        let connection = try MasterConnection(address: address, authenticator: authenticator, timeout: .seconds(120))
        do {
            let slave = InstantSlave(client: SlaveClient(connection), executors: executors)
            try await slave.run(url: "simulated:\(number + 1)", arrived)
        } catch {
            await connection.shutDown()
            throw error
        }
        await connection.shutDown()
    }
}

/// A simulated slave.
private struct InstantSlave {
    let client: SlaveClient
    let executors: Int

    func run(url: String, _ arrived: @escaping @Sendable () -> Void) async throws {
        let registration = SlaveRegistration(slave: url, numExecutors: executors, sessionID: url)
        let welcome = try await client.register(registration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let interval = Duration.seconds(welcome.silenceLimit / 3)
                var pause = SlaveHeartbeat.firstPause(of: welcome.slaveID, interval: interval)
                while true {
                    try await Task.sleep(for: pause)
                    pause = interval
                    _ = try await client.heartbeat(SlaveHeartbeat(), slave: welcome.slaveID)
                }
            }
            let instructions = try await client.instructions(slave: welcome.slaveID)
            arrived()
            for try await instruction in instructions { try await obey(instruction, as: welcome.slaveID) }
            group.cancelAll()
        }
    }

    private func obey(_ instruction: SlaveInstruction, as slave: SlaveID) async throws {
        switch instruction {
        case .setUp(let setup):
            try await client.report(SetupReport(build: setup.build, failure: nil), slave: slave)
        case .run(let grants):
            try await finish(grants, as: slave)
        case .giveBack(let build, let parts):
            // All of it is finished, or its report is on the way.
            let nothing = parts.map { LeaseAtoms(lease: $0.lease, atoms: []) }
            let report = ResultsReport(build: build, upload: nil, reports: [], returned: nothing)
            try await finish(try await client.report(report, slave: slave).grants, as: slave)
        case .tearDown(let build), .cancel(let build):
            try await client.report(TeardownReport(build: build), slave: slave)
        case .stop, .endTeardown, .shutDown:
            break
        }
    }

    private func finish(_ grants: [LeaseGrant], as slave: SlaveID) async throws {
        var grants = grants
        while let build = grants.first?.build {
            let reports = grants.flatMap { grant in
                grant.atoms.map { atom in
                    AtomReport(
                        lease: grant.lease,
                        subjob: grant.subjob,
                        atom: atom.id,
                        executor: 0,
                        result: AtomResult(exitCode: 0, seconds: 0.001)
                    )
                }
            }
            let report = ResultsReport(build: build, upload: nil, reports: reports)
            grants = try await client.report(report, slave: slave).grants
        }
    }
}
