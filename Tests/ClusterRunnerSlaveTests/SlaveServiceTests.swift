import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerProcess
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import ServiceLifecycle
import Testing

@testable import ClusterRunnerSlave

@Suite(.timeLimit(.minutes(10))) struct SlaveServiceTests {
    /// Runs a slave of a played master until the slave exits by itself.
    private func withSlave(
        after prepare: (String) async throws -> Void = { _ in },
        _ body: @escaping @Sendable (PlayedMaster, ServiceGroup, String) async throws -> Void
    ) async throws {
        try await withScratchDirectory { directory in
            try await prepare(directory)
            let master = try PlayedMaster()
            try await master.run { connection in
                let service = SlaveService(
                    settings: .test(directory, executors: 3),
                    parts: master.parts(connection),
                    logger: .silent
                )
                let group = ServiceGroup(
                    configuration: .init(
                        services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                        logger: .silent
                    )
                )
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { try await group.run() }
                    try await body(master, group, directory)
                    try await tasks.waitForAll()
                }
            }
        }
    }

    @Test func `A slave registers with its address and executors, and says goodbye`() async throws {
        try await withSlave { (master, _, _) async throws in
            let registration = try await master.next("slave").decode(SlaveRegistration.self)
            #expect(registration.numExecutors == 3)
            #expect(registration.slave.hasPrefix("127.0.0.1:"))
            #expect(UUID(uuidString: registration.sessionID) != nil)
            master.instruct(.shutDown)
            #expect(try await master.next().action == "goodbye")
        }
    }

    @Test func `A slave that is told to end asks the master first and finishes what it runs`() async throws {
        try await withSlave { (master, group, directory) async throws in
            _ = try await master.next("slave")
            let job = Job(name: "Unit", command: "until [ -e go ]; do sleep 0.01; done; echo done", atomizers: [])
            master.instruct(.setUp(.of(job, in: directory)))
            _ = try await master.next("setup")
            master.instruct(.run([.of(1)]))
            await group.triggerGracefulShutdown()
            #expect(try await master.next().action == "shutdown")
            try "".write(toFile: "\(directory)/go", atomically: true, encoding: .utf8)
            let report = try await master.next("results").decode(ResultsReport.self)
            #expect(report.reports.first?.result.console == .inline(Array("done\n".utf8)))
            master.instruct(.tearDown(build: 1))
            #expect(try await master.next().action == "teardown")
            #expect(try await master.next().action == "goodbye")
        }
    }

    @Test func `Before it registers, a slave ends the commands of one that was killed`() async throws {
        let left = Lock<LeftCommand?>(nil)
        try await withSlave { directory in
            let command = try await LeftCommand(in: "\(directory)/slave", with: ProcessCommandRunner(logger: .silent))
            left.withLock { $0 = command }
            #expect(command.isRunning)
        } _: { (master, _, _) async throws in
            _ = try await master.next("slave")
            #expect(left.withLock { $0?.isRunning } == false)
            master.instruct(.shutDown)
        }
        left.withLock { $0?.end() }
    }
}
