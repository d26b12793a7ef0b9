import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct SetupRouteTests {
    private func withMaster(_ body: @escaping @Sendable (LiveMaster) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { try await body($0) }
        }
    }

    private func run(_ kind: CommandRun.Kind, _ output: String, exitCode: Int? = 0) -> CommandRun {
        CommandRun(kind: kind, command: "make \(kind)", exitCode: exitCode, output: output, seconds: 2, age: 3600)
    }

    @Test func `What set-up, teardown and atomizers printed is there, of those that passed as well`() async throws {
        try await withMaster { master in
            let atomizers = "[{A: \"echo 1; echo warned >&2\"}, {B: \"echo 2\"}]"
            let job = "Unit:\n  commands: [\"true\"]\n  atomizers: \(atomizers)\n"
            let build = try await master.client.createBuild(try master.project(job))
            let slave = try await PlayedSlave(master)
            guard case .setUp = try await slave.next() else { return #expect(Bool(false), "no set-up") }
            let before = try await master.web.get("/v1/build/1/setup").json
            #expect(before["commands"] == [])
            let atomizer = try #require(before["atomizer"]?.object)
            #expect(atomizer["command"] == "echo 1; echo warned >&2\necho 2" && atomizer["exit_code"] == 0)
            #expect(atomizer["output"] == "1\nwarned\n2\n")

            let setup = SetupReport(build: build, failure: nil, commands: [run(.setup, "built\n")])
            try await master.slaves.report(setup, slave: slave.id)
            for grant in try await slave.work() { _ = try await slave.report(grant) }
            _ = try await slave.next()
            let teardown = TeardownReport(build: build, commands: [run(.teardown, "left\n", exitCode: 7)])
            try await master.slaves.report(teardown, slave: slave.id)
            let commands = try await master.web.get("/v1/build/1/setup").json["commands"]?.array?.map(\.object) ?? []
            #expect(commands.map { $0?["kind"] } == ["setup", "teardown"])
            #expect(commands.map { $0?["output"] } == ["built\n", "left\n"])
            #expect(commands.map { $0?["exit_code"] } == [0, 7])
            #expect(commands.map { $0?["slave_id"] } == [.integer(slave.id), .integer(slave.id)])
            #expect(commands.map { $0?["slave_url"] } == ["played:1", "played:1"])
            #expect(commands.map { $0?["seconds"] } == [2, 2])
            // It repeats its report, because the answer was lost.
            try await master.slaves.report(teardown, slave: slave.id)
            #expect(try await master.store.commands(build: build).count == 4)
        }
    }

    @Test func `An atomizer that fails is kept with its output`() async throws {
        try await withMaster { master in
            let job = "Unit:\n  commands: [\"true\"]\n  atomizers: [{A: \"echo 1; exit 4\"}, {B: \"echo never\"}]\n"
            let build = try await master.client.createBuild(try master.project(job))
            #expect(try await master.client.build(build, wait: .seconds(30)).state == .error)
            let atomizer = try await master.web.get("/v1/build/1/setup").json["atomizer"]?.object
            #expect(atomizer?["exit_code"] == 4 && atomizer?["output"] == "1\n")
            #expect(atomizer?["command"] == "echo 1; exit 4")
            let missing = try await master.web.get("/v1/build/2/setup")
            #expect(missing.status == 404 && missing.error == "Invalid build id: 2.")
        }
    }

    @Test func `Commands that cannot have run so are refused`() async throws {
        try await withMaster { master in
            let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
            let slave = try await PlayedSlave(master)
            _ = try await slave.next()
            func refusal(_ commands: [CommandRun]) async -> String? {
                let report = SetupReport(build: build, failure: nil, commands: commands)
                let error = await #expect(throws: ClusterRunnerError.self) {
                    try await master.slaves.report(report, slave: slave.id)
                }
                return error?.message
            }
            var wrong = run(.setup, "")
            wrong.age = -1
            #expect(await refusal([wrong]) == "A setup command cannot have begun -1.0 seconds ago.")
            #expect(
                await refusal([run(.atomizer, "")]) == "A slave runs no atomizer; only setup and teardown commands."
            )
            #expect(
                await refusal(Array(repeating: run(.setup, ""), count: 9))
                    == "A slave cannot have run 9 commands besides its atoms; the maximum is 8."
            )
        }
    }
}
