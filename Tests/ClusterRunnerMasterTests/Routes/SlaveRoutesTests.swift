import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import HTTPTypes
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct SlaveRoutesTests {
    private func withSlave(_ body: @escaping @Sendable (LiveMaster, PlayedSlave) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                try await body(master, try await PlayedSlave(master, executors: 4))
            }
        }
    }

    @Test func `A slave is listed with all that is known of it`() async throws {
        try await withSlave { master, slave in
            let expected: JSONValue = [
                "id": 1, "url": "played:1", "session_id": "s1", "num_executors": 4, "num_executors_in_use": 0,
                "current_build_id": .null, "is_alive": true, "is_in_shutdown_mode": false,
                "quarantined_until": .null, "is_draining": false, "name": .null, "version": .null,
            ]
            #expect(slave.id == 1)
            #expect(try await master.web.get("/v1/slave").json["slaves"] == [expected])
            #expect(try await master.web.get("/v1/slave/1").json["slave"] == expected)
            #expect(try await master.web.get("/v2/slaves?offset=1").json["slaves"] == [])
            let missing = try await master.web.get("/v1/slave/2")
            #expect(missing.status == 404)
            #expect(missing.error == "Invalid slave id: 2.")
        }
    }

    @Test(arguments: [("/v1/slave/shutdown", #"{"slaves": [1]}"#), ("/v1/slave/1/shutdown", "{}")])
    func `A slave that is asked to shut down is told so, and who asked is answered when an idle one has left`(
        path: String,
        body: String
    ) async throws {
        try await withSlave { master, slave in
            async let answer = master.web.sign(.post, path, Array(body.utf8))
            #expect(try await slave.next() == .shutDown)
            #expect(try await master.client.slaves().first?.isShuttingDown == true)
            try await master.slaves.sayGoodbye(slave: slave.id)
            #expect(try await slave.next() == nil)
            #expect(try await answer.status == 202)
            // As in ClusterRunner 1.x: it is no longer listed, but can be requested.
            #expect(try await master.client.slaves().isEmpty)
            #expect(try await master.web.get("/v1").json["master"]?.object?["slaves"] == [])
            #expect(try await master.web.get("/v1/slave/1").json["slave"]?.object?["is_alive"] == false)
        }
    }

    @Test func `A slave that leaves by itself stays listed for a while`() async throws {
        try await withSlave { master, slave in
            try await master.slaves.requestShutdown(slave: slave.id)
            #expect(try await slave.next() == .shutDown)
            try await master.slaves.sayGoodbye(slave: slave.id)
            #expect(try await slave.next() == nil)
            #expect(try await master.client.slaves().map(\.isAlive) == [false])
        }
    }

    @Test func `All slaves can be shut down at once`() async throws {
        try await withSlave { master, first in
            let slaves = [first, try await PlayedSlave(master, session: "s2", url: "played:2")]
            async let answer = master.web.post("/v1/slave/shutdown", ["shutdown_all": true])
            for slave in slaves {
                #expect(try await slave.next() == .shutDown)
                try await master.slaves.sayGoodbye(slave: slave.id)
            }
            #expect(try await answer.status == 202)
        }
    }

    @Test func `A drained slave gets no build until it is resumed, and stays connected`() async throws {
        try await withSlave { master, slave in
            let answer = try await master.web.put("/v1/slave/1", ["state": "draining"])
            #expect(answer.status == 200)
            #expect(
                answer.json["message"] == "Slave 1 finishes what it runs, and gets no more work until it is resumed."
            )
            #expect(try await master.web.get("/v1/slave/1").json["slave"]?.object?["is_draining"] == true)
            let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
            let waiting = try await master.client.build(build, wait: .zero)
            #expect(waiting.state != .building)
            #expect(try await master.client.setDraining(false, slave: 1) == "Slave 1 gets work again.")
            #expect(try await slave.join(build: build).count == 1)
            #expect(try await master.client.slaves().map(\.isDraining) == [false])
        }
    }

    @Test func `A change of a slave must be signed, known, and of one that is there`() async throws {
        try await withSlave { master, slave in
            let path = "/v1/slave/1"
            #expect(try await master.web.send(.put, path, #"{"state":"draining"}"#).status == 401)
            let value = try await master.web.put(path, ["state": "asleep"])
            #expect(value.status == 400)
            #expect(
                value.error == "Value (asleep) is not in list of allowed values (['draining', 'active']) for state"
            )
            let none = try await master.web.put(path, [:])
            #expect(none.error?.hasPrefix("Value (missing)") == true)
            let key = try await master.web.put(path, ["status": "draining"])
            #expect(key.error == "Key (status) is not in list of allowed keys (state)")
            #expect(try await master.web.put("/v1/slave/9", ["state": "active"]).status == 404)
            try await master.slaves.sayGoodbye(slave: slave.id)
            let gone = try await master.web.put(path, ["state": "draining"])
            #expect(gone.status == 409 && gone.error == "Slave 1 has left or is about to leave.")
        }
    }

    @Test func `A shutdown of nobody, or of somebody unknown, is refused`() async throws {
        try await withSlave { master, _ in
            let nobody = try await master.web.post("/v1/slave/shutdown", [:])
            #expect(nobody.status == 400)
            #expect(nobody.error == "Say {\"slaves\": [1, 2]} or {\"shutdown_all\": true}.")
            let unknown = try await master.web.post("/v1/slave/shutdown", ["slaves": [1, 8]])
            #expect(unknown.status == 404)
            #expect(unknown.error == "Invalid slave id: 8.")
            let word = try await master.web.post("/v1/slave/shutdown", ["slaves": ["x"]])
            #expect(word.error == "Invalid slave id: a string.")
            #expect(try await master.client.slaves().first?.isShuttingDown == false)
        }
    }
}
