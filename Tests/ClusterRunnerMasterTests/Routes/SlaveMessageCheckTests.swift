import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct SlaveMessageCheckTests {
    private func withMaster(_ body: @escaping @Sendable (LiveMaster) async throws -> Void) async throws {
        try await withScratchDirectory { directory in try await LiveMaster.run(in: directory) { try await body($0) } }
    }

    private func refusal(
        _ master: LiveMaster,
        executors: Int = 1,
        hold: HeldBuild? = nil
    ) async throws -> String? {
        let registration = SlaveRegistration(slave: "h:1", numExecutors: executors, sessionID: "s", hold: hold)
        let error = await #expect(throws: ClusterRunnerError.self) {
            _ = try await master.slaves.register(registration)
        }
        #expect(error?.code == .invalidArgument)
        return error?.message
    }

    private func hold(executors: Int = 1, index: Int = 0, leases: [LeaseID] = []) -> HeldBuild {
        HeldBuild(build: 1, isSetUp: true, executors: executors, firstExecutorIndex: index, leases: leases)
    }

    @Test func `A slave with more executors than any can have is refused`() async throws {
        try await withMaster { master in
            for count in [4097, Int.max] {
                let sentence = try await refusal(master, executors: count)
                #expect(sentence == "A slave's num_executors must be 1 to 4096, not \(count).")
            }
            #expect(try await refusal(master, executors: -1) == "A slave needs at least one executor.")
            let largest = SlaveRegistration(slave: "h:1", numExecutors: 4096, sessionID: "s")
            #expect(try await master.slaves.register(largest).slaveID == 1)
        }
    }

    @Test func `A slave whose address or session no machine has is refused`() async throws {
        try await withMaster { master in
            for (address, session) in [(String(repeating: "h", count: 301), "s"), ("", "s"), ("h:1", "")] {
                let registration = SlaveRegistration(slave: address, numExecutors: 1, sessionID: session)
                await #expect(throws: ClusterRunnerError.self) { _ = try await master.slaves.register(registration) }
            }
            let longest = SlaveRegistration(slave: String(repeating: "h", count: 300), numExecutors: 1, sessionID: "s")
            let id = try await master.slaves.register(longest).slaveID
            #expect(id == 1)
        }
    }

    @Test func `A slave that says that it holds what cannot be is refused`() async throws {
        try await withMaster { master in
            for count in [0, 4097, Int.max] {
                let sentence = try await refusal(master, hold: hold(executors: count))
                #expect(sentence == "A slave's executors of its hold must be 1 to 4096, not \(count).")
            }
            for index in [-1, 1_000_000_001, Int.max] {
                let sentence = try await refusal(master, hold: hold(index: index))
                #expect(
                    sentence == "A slave's firstExecutorIndex of its hold must be 0 to 1000000000, not \(index)."
                )
            }
        }
    }

    @Test func `A slave may say that it holds any number of leases`() async throws {
        try await withMaster { master in
            let leases = (Array(1...20_000) + [.max, .min]).map { LeaseID($0) }
            let hold = hold(executors: 4096, index: 1_000_000_000, leases: leases)
            let registration = SlaveRegistration(slave: "h:1", numExecutors: 1, sessionID: "s", hold: hold)
            let welcome = try await master.slaves.register(registration)
            #expect(welcome.lostLeases == leases)
        }
    }

    @Test func `A run cannot have begun in the future, nor on an executor that no slave has`() async throws {
        try await withMaster { master in
            let slave = try await PlayedSlave(master)
            for (executor, age, end) in [
                (4096, 0.0, "be run by executor 4096."), (-1, 0, "be run by executor -1."),
                (0, -0.5, "have begun -0.5 seconds ago."), (0, 1e300, "have begun 1e+300 seconds ago."),
            ] {
                let claim = LeasedAtom(lease: 1, subjob: 2, atom: 3)
                let running = [RunningAtom(claim: claim, executor: executor, age: age)]
                let error = await #expect(throws: ClusterRunnerError.self) {
                    _ = try await master.slaves.heartbeat(SlaveHeartbeat(build: 1, running: running), slave: slave.id)
                }
                #expect(error?.message == "Atom 3 of subjob 2 cannot \(end)")
            }
        }
    }

    @Test func `A run cannot have taken less than no time, or longer than a life`() async throws {
        try await withMaster { master in
            let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
            let slave = try await PlayedSlave(master)
            let work = try #require(try await slave.join(build: build).first)
            for seconds in [-1, 1e300] {
                let error = await #expect(throws: ClusterRunnerError.self) {
                    _ = try await slave.report(work, AtomResult(exitCode: 0, seconds: seconds))
                }
                #expect(error?.message == "Atom 0 of subjob 0 cannot have run for \(seconds) seconds.")
            }
            #expect(try await slave.report(work).refused.isEmpty)
        }
    }
}
