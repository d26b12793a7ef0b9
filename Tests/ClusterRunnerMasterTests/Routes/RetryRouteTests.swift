import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import HTTPTypes
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct RetryRouteTests {
    private func withMaster(_ body: @escaping @Sendable (LiveMaster) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { try await body($0) }
        }
    }

    /// Builds three atoms, of which the named ones fail, and returns the number of the build.
    private func build(_ master: LiveMaster, _ slave: PlayedSlave, failing: Set<String>) async throws -> BuildID {
        let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 3)))
        try await run(build, slave, failing: failing)
        try await master.slaves.report(TeardownReport(build: build), slave: slave.id)
        return build
    }

    /// Runs all atoms of a build and returns their values.
    @discardableResult
    private func run(_ build: BuildID, _ slave: PlayedSlave, failing: Set<String> = []) async throws -> [String] {
        var values: [String] = []
        var work = try await slave.join(build: build)
        while let grant = work.first {
            work.removeFirst()
            for atom in grant.atoms {
                values.append(atom.atom.value.escaped)
                let code = failing.contains(atom.atom.value.escaped) ? 1 : 0
                let result = AtomResult(exitCode: code, seconds: 0.5)
                work += try await slave.report(grant, atom: atom.id, result).grants
            }
        }
        #expect(try await slave.next() == .tearDown(build: build))
        return values
    }

    @Test func `A retry is a new build with the same parameters`() async throws {
        try await withMaster { master in
            let slave = try await PlayedSlave(master)
            let first = try await build(master, slave, failing: [])
            let answer = try await master.web.post("/v1/build/\(first)/retry", [:])
            #expect(answer.status == 202)
            #expect(answer.json["build_id"] == 2)
            #expect(try await run(2, slave).sorted() == ["1", "2", "3"])
            let records = try await master.store.builds(BuildQuery())
            #expect(records.map(\.parameters).count == 2)
            #expect(records[0].parameters == records[1].parameters)
        }
    }

    @Test func `A retry of what failed runs those atoms and no others`() async throws {
        try await withMaster { master in
            let slave = try await PlayedSlave(master)
            let first = try await build(master, slave, failing: ["1", "3"])
            let answer = try await master.web.post("/build/\(first)/retry/", ["failed": true])
            #expect(answer.status == 202)
            let parameters = try #require(try await master.store.build(2)).parameters
            #expect(parameters.atomsOverride == ["export A=\"1\";", "export A=\"3\";"])
            #expect(try await run(2, slave).sorted() == ["1", "3"])
        }
    }

    @Test func `A retry of what had failed runs the same atoms, each once in the list`() async throws {
        try await withMaster { master in
            let slave = try await PlayedSlave(master)
            _ = try await build(master, slave, failing: ["1", "3"])
            var fields = try master.project(LiveMaster.job(atoms: 3))
            fields.merge(["only_failed": true, "job_overrides": ["repeat": 2]]) { $1 }
            let second = try await master.client.createBuild(fields)
            #expect(try await run(second, slave).sorted() == ["1", "1", "3", "3"])
            try await master.slaves.report(TeardownReport(build: second), slave: slave.id)
            #expect(try await master.web.post("/v1/build/2/retry", [:]).status == 202)
            let parameters = try #require(try await master.store.build(3)).parameters
            #expect(parameters.atomsOverride == ["export A=\"1\";", "export A=\"3\";"])
            #expect(try await run(3, slave).sorted() == ["1", "1", "3", "3"])
        }
    }

    @Test func `Nothing that failed is nothing to retry`() async throws {
        try await withMaster { master in
            let slave = try await PlayedSlave(master)
            let first = try await build(master, slave, failing: [])
            let answer = try await master.web.post("/v1/build/\(first)/retry", ["failed": true])
            #expect(answer.status == 409)
            let sentence = "No atom of build 1 failed, so there is nothing to retry. Without \"failed\" all of it is."
            #expect(answer.error == sentence)
            #expect(try await master.store.builds(BuildQuery()).count == 1)
        }
    }

    @Test func `Only what has ended and is known can be retried`() async throws {
        try await withMaster { master in
            #expect(try await master.web.post("/v1/build/7/retry", [:]).status == 404)
            _ = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
            let early = try await master.web.post("/v1/build/1/retry", [:])
            #expect(early.status == 409)
            #expect(early.error == "Build 1 has not ended; it can be retried when it has, or has been canceled.")
            try await master.client.cancel(build: 1)
            #expect(try await master.web.post("/v1/build/1/retry", [:]).status == 202)
        }
    }

    @Test func `A retry must be signed, and say what is known`() async throws {
        try await withMaster { master in
            _ = try await master.client.createBuild(["type": "directory", "project_directory": "/no/where"])
            #expect(try await master.client.build(1, wait: .seconds(30)).state == .error)
            #expect(try await master.web.send(.post, "/v1/build/1/retry", "{}", digest: "").status == 401)
            let key = try await master.web.post("/v1/build/1/retry", ["fail": true])
            #expect(key.status == 400)
            #expect(key.error == "Key (fail) is not in list of allowed keys (failed, requester)")
            let value = try await master.web.post("/v1/build/1/retry", ["failed": "yes"])
            #expect(value.status == 400)
            #expect(value.error?.hasPrefix("\"failed\" must be true or false, not ") == true)
            #expect(try await master.store.builds(BuildQuery()).count == 1)
        }
    }
}
