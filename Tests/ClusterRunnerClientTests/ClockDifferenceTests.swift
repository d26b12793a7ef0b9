import ClusterRunnerConcurrency
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import HTTPTypes
import NIOHTTP1
import Testing

@testable import ClusterRunnerClient

@Suite(.timeLimit(.minutes(10))) struct ClockDifferenceTests {
    private let count = Route(.post, "slave", access: .component, body: .json) { request in
        try request.respond(["length": .integer(request.body.count)])
    }

    @Test func `A master whose clock is set is followed, forwards and backwards`() async throws {
        let clock = Lock(1_700_000_000.0)
        try await LocalServer.serve([count], wall: { clock.withLock { $0 } }) { server in
            let connection = try MasterConnection(
                address: server.address,
                authenticator: server.authenticator,
                timekeeper: Timekeeper(clock: ContinuousClock()) { 1_700_000_000 }
            )
            try await LocalServer.use(connection) { connection in
                for time in [1_700_000_000.0, 1_700_009_000, 1_600_000_000, 1_700_000_000] {
                    clock.withLock { $0 = time }
                    for _ in 1...2 {
                        let answer = try await connection.request(.POST, "/v1/slave", body: .bytes([1, 2]))
                        #expect(try JSONCoding.decodeObject(from: answer)["length"] == 2)
                    }
                }
            }
        }
    }

    @Test func `A time that does not come from the master is not taken over`() async throws {
        try await LocalServer.serve([count], wall: { 1_700_009_000 }) { server in
            let stranger = try MessageAuthenticator(key: Array("another-secret".utf8))
            let connection = try MasterConnection(
                address: server.address,
                authenticator: stranger,
                timekeeper: Timekeeper(clock: ContinuousClock()) { 1_700_000_000 }
            )
            try await LocalServer.use(connection) { connection in
                let error = await #expect(throws: ClusterRunnerError.self) {
                    try await connection.request(.POST, "/v1/slave")
                }
                #expect(error?.message.contains("must be signed") == true)
            }
        }
    }
}
